// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/completion_script.hpp"

#include "filters/layer.hpp"
#include "gateway/config_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace app::commands {
namespace {
bool has(const auto& range, std::string_view value)
{
    return std::ranges::find(range, value) != std::ranges::end(range);
}

bool is_named(const Option& option) { return option.name.starts_with("--"); }

std::vector<std::string> split(std::string_view text)
{
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto word = text.substr(0, std::min(text.find('|'), text.size()));
        words.emplace_back(word);
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return words;
}

std::vector<std::string> nouns_of(const std::vector<Command>& commands)
{
    std::vector<std::string> nouns;
    for (const auto& command : commands)
        if (!has(nouns, command.noun))
            nouns.emplace_back(command.noun);
    return nouns;
}

std::vector<const Command*> verbs_of(const std::vector<Command>& commands, std::string_view noun)
{
    std::vector<const Command*> verbs;
    for (const auto& command : commands)
        if (command.noun == noun && !command.verb.empty())
            verbs.push_back(&command);
    return verbs;
}

std::string joined(const std::vector<std::string>& words)
{
    return fmt::format("{}", fmt::join(words, " "));
}

/// The first argument that has no name, or nullptr.
const Option* argument_of(const Command& command)
{
    const auto found = std::ranges::find_if_not(command.options, is_named);
    return found == command.options.end() ? nullptr : &*found;
}

std::string options_of(const Command& command)
{
    std::string names;
    for (const auto& option : command.options)
        if (is_named(option))
            names += std::string{option.name} + " ";
    return names + "--help";
}

/// What a noun is for, in one line.
std::string summary_of(const std::vector<Command>& commands, std::string_view noun)
{
    std::string verbs;
    for (const auto& command : commands)
        if (command.noun == noun) {
            if (command.verb.empty())
                return std::string{command.summary};
            verbs += (verbs.empty() ? "" : ", ") + std::string{command.verb};
        }
    return verbs;
}
}

Completion completion_of(const Option& option)
{
    const auto shown = is_named(option) || !option.value.empty() ? option.value : option.name;
    if (shown.empty())
        return {};
    if (shown.contains('|'))
        return {Completion::Kind::words, split(shown)};
    Completion words{Completion::Kind::words, {}};
    if (shown == "KEY")
        for (const auto& key : schema())
            words.words.emplace_back(key.path);
    if (shown == "LAYER")
        for (const auto* type : filters::layer_types())
            words.words.emplace_back(type->name);
    if (!words.words.empty())
        return words;
    if (shown == "DIR" || shown == "FOLDER")
        return {Completion::Kind::folder, {}};
    constexpr std::array<std::string_view, 5> files{"FILE", "PATH", "MESSAGE", "MESSAGES",
                                                    "ID|PATH"};
    return {has(files, shown) ? Completion::Kind::file : Completion::Kind::text, {}};
}

namespace {
/// How bash goes on from here: `words` or `kind` is set.
std::string bash_step(const Completion& completion)
{
    switch (completion.kind) {
    case Completion::Kind::words:
        return "words='" + joined(completion.words) + "'";
    case Completion::Kind::file:
        return "kind=file";
    case Completion::Kind::folder:
        return "kind=folder";
    default:
        return "kind=text";
    }
}

std::string bash_command(const Command& command)
{
    std::string out
        = fmt::format("    '{}{}{}')\n        options='{}'\n", command.noun,
                      command.verb.empty() ? "" : " ", command.verb, options_of(command));
    const Option* argument = argument_of(command);
    out += "        case \"$before\" in\n";
    for (const auto& option : command.options)
        if (is_named(option) && !option.value.empty())
            out += fmt::format("        {}) is_value=1; {} ;;\n", option.name,
                               bash_step(completion_of(option)));
    return out
        + fmt::format("        *) {} ;;\n        esac ;;\n",
                      argument == nullptr ? "kind=text" : bash_step(completion_of(*argument)));
}

constexpr std::string_view bash_head
    = R"(# Completion of bash for mailweir, as `mailweir completion bash` prints it.
_mailweir()
{
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local noun= verb= verbs= words= options= kind= is_value=
    COMPREPLY=()
    ((COMP_CWORD > 1)) && noun=${COMP_WORDS[1]}
    ((COMP_CWORD > 2)) && verb=${COMP_WORDS[2]}
)";

constexpr std::string_view bash_tail = R"(    esac
    if [ "$kind" = folder ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
    fi
    if [ "$kind" = file ] && { [ -n "$is_value" ] || [[ $current != -* ]]; }; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    fi
    [ -n "$is_value" ] || [[ $current != -* ]] || words=$options
    [ -n "$is_value" ] || ((COMP_CWORD != 2)) || words="$verbs $words"
    [ -n "$is_value" ] || [ -n "${words// /}" ] || words=$options
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _mailweir mailweir
)";
}

std::string bash_completion(const std::vector<Command>& commands)
{
    std::string out{bash_head};
    out += "    if ((COMP_CWORD == 1)); then\n        mapfile -t COMPREPLY < <(compgen -W '"
        + joined(nouns_of(commands)) + " --help --version' -- \"$current\")\n        return\n"
        + "    fi\n    case \"$noun\" in\n";
    for (const auto& noun : nouns_of(commands)) {
        std::vector<std::string> verbs;
        for (const auto* command : verbs_of(commands, noun))
            verbs.emplace_back(command->verb);
        if (!verbs.empty())
            out += fmt::format("    {}) verbs='{}' ;;\n", noun, joined(verbs));
    }
    // A second word that is no verb belongs to the noun's own command.
    out += "    esac\n    [[ \" $verbs \" == *\" $verb \"* ]] || verb=\n"
           "    case \"$noun${verb:+ $verb}\" in\n";
    for (const auto& command : commands)
        out += bash_command(command);
    return out + std::string{bash_tail};
}

namespace {
/// Inside of single quotes, where `colon` separates.
std::string zsh_quoted(std::string_view text, bool is_bracketed = false)
{
    std::string out;
    for (const char c : text)
        out += c == '\''                                           ? std::string{"'\\''"}
            : c == ':' || (is_bracketed && (c == '[' || c == ']')) ? std::string{'\\'} + c
                                                                   : std::string{c};
    return out;
}

std::string zsh_action(const Completion& completion)
{
    switch (completion.kind) {
    case Completion::Kind::words:
        return "(" + zsh_quoted(joined(completion.words)) + ")";
    case Completion::Kind::file:
        return "_files";
    case Completion::Kind::folder:
        return "_files -/";
    default:
        return " ";
    }
}

std::string zsh_arguments(const Command& command)
{
    std::string out = "_arguments";
    for (const auto& option : command.options) {
        const auto completion = completion_of(option);
        const auto value = zsh_quoted(option.value);
        if (!is_named(option))
            out += fmt::format(" '{}:{}:{}'", option.repeats ? "*" : "", zsh_quoted(option.name),
                               zsh_action(completion));
        else
            out += fmt::format(" '{}{}[{}]{}'", option.repeats ? "*" : "", option.name,
                               zsh_quoted(option.help, true),
                               value.empty() ? "" : ":" + value + ":" + zsh_action(completion));
    }
    return out + " '--help[what it does, and its options]'";
}

std::string zsh_descriptions(const std::vector<std::pair<std::string, std::string>>& words)
{
    std::string out;
    for (const auto& [word, meaning] : words)
        out += fmt::format("    '{}:{}'\n", word, zsh_quoted(meaning));
    return out;
}

std::string zsh_noun(const std::vector<Command>& commands, const std::string& noun)
{
    std::vector<std::pair<std::string, std::string>> verbs;
    std::string cases, own = "_message 'a verb of " + noun + "'";
    for (const auto& command : commands) {
        if (command.noun != noun)
            continue;
        if (command.verb.empty()) {
            own = zsh_arguments(command);
            continue;
        }
        verbs.emplace_back(command.verb, command.summary);
        cases += fmt::format("    {}) shift words; (( CURRENT-- ))\n      {} ;;\n", command.verb,
                             zsh_arguments(command));
    }
    if (verbs.empty())
        return fmt::format("  {})\n    {} ;;\n", noun, own);
    return fmt::format("  {})\n    verbs=(\n{}    )\n"
                       "    if (( CURRENT == 2 )); then _describe -t verbs verb verbs; fi\n"
                       "    case \"${{words[2]}}\" in\n{}    *) {} ;;\n    esac ;;\n",
                       noun, zsh_descriptions(verbs), cases, own);
}
}

std::string zsh_completion(const std::vector<Command>& commands)
{
    std::vector<std::pair<std::string, std::string>> nouns;
    std::string cases;
    for (const auto& noun : nouns_of(commands)) {
        nouns.emplace_back(noun, summary_of(commands, noun));
        cases += zsh_noun(commands, noun);
    }
    return "#compdef mailweir\n# Completion of zsh, as `mailweir completion zsh` prints it.\n"
           "_mailweir() {\n  local -a nouns verbs\n  nouns=(\n"
        + zsh_descriptions(nouns)
        + "  )\n  if (( CURRENT == 2 )); then _describe -t nouns command nouns; return; fi\n"
          "  shift words; (( CURRENT-- ))\n  case \"${words[1]}\" in\n"
        + cases
        + "  esac\n}\n"
          "if [ \"${funcstack[1]}\" = _mailweir ]; then _mailweir \"$@\"\n"
          "elif (( $+functions[compdef] )); then compdef _mailweir mailweir\nfi\n";
}

namespace {
std::string fish_quoted(std::string_view text)
{
    std::string out = "'";
    for (const char c : text)
        out += c == '\'' || c == '\\' ? std::string{'\\'} + c : std::string{c};
    return out + "'";
}

std::string fish_value(const Completion& completion)
{
    switch (completion.kind) {
    case Completion::Kind::nothing:
        return "";
    case Completion::Kind::words:
        return " -x -a " + fish_quoted(joined(completion.words));
    case Completion::Kind::file:
        return " -r -F";
    case Completion::Kind::folder:
        return " -x -a '(__fish_complete_directories)'";
    case Completion::Kind::text:
        break;
    }
    return " -x";
}

std::string fish_command(const Command& command)
{
    const auto head = fmt::format("complete -c mailweir -n '__mailweir_at {}{}{}'", command.noun,
                                  command.verb.empty() ? "" : " ", command.verb);
    std::string out;
    for (const auto& option : command.options) {
        const auto completion = completion_of(option);
        if (is_named(option))
            out += fmt::format("{} -l {}{} -d {}\n", head, option.name.substr(2),
                               fish_value(completion), fish_quoted(option.help));
        else if (completion.kind == Completion::Kind::words)
            out += fmt::format("{} -a {}\n", head, fish_quoted(joined(completion.words)));
        else if (completion.kind == Completion::Kind::file)
            out += head + " -F\n";
        else if (completion.kind == Completion::Kind::folder)
            out += head + " -a '(__fish_complete_directories)'\n";
    }
    return out;
}

constexpr std::string_view fish_head
    = R"(# Completion of fish for mailweir, as `mailweir completion fish` prints it.
# True where the words so far begin with these; "--" in the end: and there are no more.
function __mailweir_at
    set -l words (commandline -opc)[2..-1]
    if test "$argv[-1]" = --
        test (count $words) -eq (math (count $argv) - 1); or return 1
        set argv $argv[1..-2]
    end
    test (count $words) -ge (count $argv); or return 1
    for number in (seq (count $argv))
        test "$words[$number]" = "$argv[$number]"; or return 1
    end
end
complete -c mailweir -f
complete -c mailweir -l help -d 'what it does, and its options'
)";
}

std::string fish_completion(const std::vector<Command>& commands)
{
    std::string out{fish_head};
    for (const auto& noun : nouns_of(commands)) {
        out += fmt::format("complete -c mailweir -n '__mailweir_at --' -a {} -d {}\n", noun,
                           fish_quoted(summary_of(commands, noun)));
        for (const auto* command : verbs_of(commands, noun))
            out += fmt::format("complete -c mailweir -n '__mailweir_at {} --' -a {} -d {}\n", noun,
                               command->verb, fish_quoted(command->summary));
    }
    for (const auto& command : commands)
        out += fish_command(command);
    return out;
}
}
