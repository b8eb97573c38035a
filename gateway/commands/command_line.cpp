// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/backup.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/log.hpp"
#include "gateway/version.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <list>
#include <memory>

namespace app::commands {
std::string Arguments::text(std::string_view name, std::string otherwise) const
{
    const auto found = values_.find(name);
    return found == values_.end() ? std::move(otherwise) : found->second.back();
}

std::vector<std::string> Arguments::texts(std::string_view name) const
{
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

const std::vector<Command>& all_commands()
{
    static const std::vector<Command> commands = [] {
        std::vector<Command> all;
        for (const auto table :
             {serve_commands,      status_commands,   config_commands,      queue_commands,
              quarantine_commands, history_commands,  list_commands,        reputation_commands,
              policy_commands,     scan_commands,     sink_commands,        domain_commands,
              auth_commands,       dkim_commands,     audit_commands,       mime_commands,
              learn_commands,      evaluate_commands, fingerprint_commands, update_commands,
              rule_commands,       user_commands,     backup_commands,      completion_commands,
              init_commands,       manual_commands,   account_commands,     report_commands})
            for (auto& command : table())
                all.push_back(std::move(command));
        return all;
    }();
    return commands;
}

namespace {
/// What CLI11 writes into, one per command; addresses must not move.
struct Bound {
    const Command* command = nullptr;
    CLI::App* app = nullptr;
    std::list<std::vector<std::string>> values;
    std::list<bool> switches;
    std::vector<std::pair<const Option*, const std::vector<std::string>*>> valued;
    std::vector<std::pair<const Option*, const bool*>> switched;

    Arguments arguments() const
    {
        Arguments arguments;
        for (const auto& [option, texts] : valued)
            for (const auto& text : *texts)
                arguments.add(option->name, text);
        for (const auto& [option, is_on] : switched)
            if (*is_on)
                arguments.add(option->name, "");
        return arguments;
    }
};

void bind_option(Bound& bound, const Option& option)
{
    const std::string name{option.name}, help{option.help};
    if (option.value.empty() && name.starts_with("--")) {
        bool& is_on = bound.switches.emplace_back(false);
        bound.app->add_flag(name, is_on, help);
        bound.switched.emplace_back(&option, &is_on);
        return;
    }
    auto& texts = bound.values.emplace_back();
    auto* added = bound.app->add_option(name, texts, help);
    added->required(option.is_required);
    added->type_name(std::string{option.value});
    // Of an option the last one counts; of two arguments where one is wanted none may be dropped.
    const auto several
        = name.starts_with("--") ? CLI::MultiOptionPolicy::TakeLast : CLI::MultiOptionPolicy::Throw;
    if (!option.repeats)
        added->expected(1)->multi_option_policy(several);
    if (name.starts_with("--") || !option.repeats)
        added->allow_extra_args(
            false); // one value each time, so that what follows stays an argument
    bound.valued.emplace_back(&option, &texts);
}

CLI::App* noun_of(CLI::App& root, const std::string& noun, const std::string& summary)
{
    for (auto* app : root.get_subcommands(nullptr))
        if (app->get_name() == noun)
            return app;
    return root.add_subcommand(noun, summary);
}

std::string verbs_of(std::string_view noun)
{
    std::string verbs;
    for (const auto& command : all_commands())
        if (command.noun == noun)
            verbs += (verbs.empty() ? "" : " | ") + std::string{command.verb};
    return verbs;
}

/// The noun says something by itself, too ("update" beside "update list").
bool is_verb(std::string_view noun)
{
    return std::ranges::any_of(all_commands(), [&](const Command& command) {
        return command.noun == noun && command.verb.empty();
    });
}

std::unique_ptr<Bound> bind(CLI::App& root, const Command& command)
{
    auto bound = std::make_unique<Bound>();
    bound->command = &command;
    if (command.verb.empty()) {
        bound->app = root.add_subcommand(std::string{command.noun}, std::string{command.summary});
    } else {
        auto* noun = noun_of(root, std::string{command.noun}, verbs_of(command.noun));
        noun->require_subcommand(is_verb(command.noun) ? 0 : 1, 1);
        bound->app = noun->add_subcommand(std::string{command.verb}, std::string{command.summary});
    }
    for (const auto& option : command.options)
        bind_option(*bound, option);
    return bound;
}

int run_parsed(const std::vector<std::unique_ptr<Bound>>& commands)
{
    for (const auto& bound : commands)
        if (bound->app->parsed() && bound->app->get_subcommands().empty())
            return static_cast<int>(bound->command->run(bound->arguments()));
    return static_cast<int>(Exit::usage);
}
}

int run(int argc, char** argv)
{
    start_log({});
    CLI::App root{"Mailweir, an SMTP gateway in front of a mail server.", "mailweir"};
    root.require_subcommand(1);
    root.set_version_flag("--version", "mailweir " + version_text());
    std::vector<std::unique_ptr<Bound>> commands;
    for (const auto& command : all_commands())
        commands.push_back(bind(root, command));
    try {
        root.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = root.exit(error);
        return code == 0 ? 0 : static_cast<int>(Exit::usage);
    }
    try {
        return run_parsed(commands);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mailweir: %s\n", error.what());
        return static_cast<int>(Exit::failed);
    }
}
}
