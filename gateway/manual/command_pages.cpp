// SPDX-License-Identifier: Apache-2.0
#include "gateway/manual/nouns.hpp"
#include "gateway/manual/pages.hpp"
#include "gateway/manual/roff.hpp"

#include <algorithm>
#include <array>

namespace app::manual {
using commands::Command;
using commands::Option;

namespace {
bool is_named(const Option& option) { return option.name.starts_with("--"); }

/// "what waits" → "What waits."
std::string as_sentence(std::string_view text)
{
    std::string out{text};
    if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
        out.front() = static_cast<char>(out.front() - 'a' + 'A');
    return out.empty() || out.ends_with('.') ? out : out + ".";
}

/// "--limit N" or "PATH": the words in bold are written as they stand, those in italics replaced.
std::string usage_of(const Option& option)
{
    if (!is_named(option))
        return italic(option.name);
    return bold(option.name) + (option.value.empty() ? "" : " " + italic(option.value));
}

std::string synopsis_of(const Command& command)
{
    std::string line = ".B mailweir " + Roff::escaped(command.noun);
    if (!command.verb.empty())
        line += " " + Roff::escaped(command.verb);
    line += "\n";
    for (const bool is_option : {true, false})
        for (const auto& option : command.options)
            if (is_named(option) == is_option) {
                const auto usage = usage_of(option) + (option.repeats ? " .\\|.\\|." : "");
                line += option.is_required ? usage + "\n" : "[" + usage + "]\n";
            }
    return line;
}

void add_options(Roff& roff, const Command& command)
{
    for (const auto& option : command.options)
        roff.raw_item(usage_of(option), as_sentence(option.help));
}

/// The noun's own options, then each verb with its own.
void add_commands(Roff& roff, const std::vector<Command>& commands, std::string_view noun)
{
    bool is_first_verb = true;
    for (const auto& command : commands) {
        if (command.noun != noun)
            continue;
        if (command.verb.empty() && !command.options.empty())
            roff.section("Options");
        if (!command.verb.empty()) {
            if (std::exchange(is_first_verb, false))
                roff.section("Commands");
            roff.subsection("mailweir " + std::string{noun} + " " + std::string{command.verb})
                .text(as_sentence(command.summary));
        }
        add_options(roff, command);
    }
}

void add_files(Roff& roff)
{
    roff.section("Files")
        .item(
            "/etc/mailweir/mailweir.yaml",
            "The configuration, `mailweir.yaml`(5); files of conf.d/ beside it are merged over it.")
        .item("/var/lib/mailweir",
              "The data directory of the package: queue, quarantine, history, "
              "lists, models.");
}

void add_exit_status(Roff& roff)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> codes{{
        {"0", "All went well."},
        {"1", "It failed; stderr says why."},
        {"2", "Wrong usage."},
        {"3", "The daemon cannot be reached."},
        {"4", "Not permitted."},
        {"5", "Not found."},
        {"6", "The configuration is invalid; every complaint names file, line and column."},
    }};
    roff.section("Exit status");
    for (const auto& [code, meaning] : codes)
        roff.item(code, meaning);
}

void add_see_also(Roff& roff, std::vector<std::string> pages)
{
    std::string text;
    for (const auto& page : pages)
        text += (text.empty() ? "" : ", ") + page;
    roff.section("See also").text(text);
}

std::vector<std::string_view> nouns_of(const std::vector<Command>& commands)
{
    std::vector<std::string_view> nouns;
    for (const auto& command : commands)
        if (std::ranges::find(nouns, command.noun) == nouns.end())
            nouns.push_back(command.noun);
    return nouns;
}

std::string summary_of(const std::vector<Command>& commands, std::string_view noun)
{
    if (const Noun* known = find_noun(noun))
        return std::string{known->summary};
    std::string verbs;
    for (const auto& command : commands)
        if (command.noun == noun)
            verbs += (verbs.empty() ? "" : ", ")
                + std::string{command.verb.empty() ? command.summary : command.verb};
    return verbs;
}

constexpr std::string_view overview = R"(
Mailweir stands where a domain's MX record points. It judges each message while the sender is
still connected and delivers, tags, holds, discards or refuses it, for each recipient by that
recipient's policy. What it accepts goes straight through to your own mail server; what the
server cannot take at that moment is kept on disk until it can.

When Mailweir says 250, the message is at your server or safe on disk.

`mailweir serve` is the gateway; all other commands look at it, steer it, or work on files
without it. Those that ask the running gateway reach it by the socket control.sock in its data
directory; it answers root and the user it runs as.)";

constexpr std::string_view output_text = R"(
Results go to stdout, progress and warnings to stderr. Listings are tables on a terminal;
`--json` prints one JSON document, `--jsonl` one JSON object a line. Colours are left out where
NO_COLOR is set or the output is no terminal. Every message has one id of 13 characters, in the
reply to the sender, in Received, in the log and in all commands; ID/N is its Nth recipient.)";
}

std::string Page::path() const
{
    const auto number = std::to_string(section);
    return "man" + number + "/" + name + "." + number;
}

Page overview_page(const std::vector<Command>& commands)
{
    Roff roff{"mailweir", 1, "an SMTP gateway in front of a mail server"};
    roff.section("Synopsis").raw(".B mailweir\n.I noun\n.RI [ verb ]\n.RI [ options ]");
    roff.section("Description").text(overview);
    roff.section("Commands");
    for (const auto noun : nouns_of(commands))
        roff.raw_item(bold("mailweir-" + std::string{noun}) + "(1)", summary_of(commands, noun));
    roff.section("Options")
        .item("--help", "What a noun or verb does, and its options; behind either.")
        .item("--version", "The version.");
    roff.section("Output").text(output_text);
    add_exit_status(roff);
    add_files(roff);
    add_see_also(roff,
                 {"`mailweir.yaml`(5)", "`mailweir-policy`(5)", "`mailweir-log`(5)",
                  "`mailweir-metrics`(7)"});
    return {"mailweir", 1, roff.take()};
}

Page noun_page(const std::vector<Command>& commands, std::string_view noun)
{
    const auto name = "mailweir-" + std::string{noun};
    Roff roff{name, 1, summary_of(commands, noun)};
    roff.section("Synopsis");
    bool is_first = true;
    for (const auto& command : commands)
        if (command.noun == noun) {
            if (!std::exchange(is_first, false))
                roff.raw(".br");
            auto synopsis = synopsis_of(command);
            synopsis.pop_back();
            roff.raw(synopsis);
        }
    const Noun* known = find_noun(noun);
    if (known != nullptr)
        roff.section("Description").text(known->description);
    add_commands(roff, commands, noun);
    if (known != nullptr && !known->examples.empty())
        roff.section("Examples").example(known->examples);
    roff.section("Exit status").text("As of all commands: see `mailweir`(1).");
    add_see_also(roff, {"`mailweir`(1)", "`mailweir.yaml`(5)"});
    return {name, 1, roff.take()};
}

std::vector<Page> all_pages(const std::vector<Command>& commands)
{
    std::vector<Page> pages{overview_page(commands)};
    for (const auto noun : nouns_of(commands))
        pages.push_back(noun_page(commands, noun));
    for (const auto page : {configuration_page, policy_page, log_page, metrics_page})
        pages.push_back(page());
    return pages;
}
}
