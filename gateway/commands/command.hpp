// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace app::commands {
/// interface.md §1.
enum class Exit {
    ok = 0,
    failed = 1,
    usage = 2,
    unreachable = 3,
    forbidden = 4,
    not_found = 5,
    invalid = 6
};

/// One option or argument of a command.
struct Option {
    std::string_view name; ///< "--json", or "ID" for what stands without a name
    std::string_view value = {}; ///< "FILE"; "" for a switch
    std::string_view help = {};
    bool repeats = false;
    bool is_required = false;
};

/// What was written on the command line, by option name.
class Arguments {
public:
    bool has(std::string_view name) const { return values_.contains(name); }
    /// The (last) value, or `otherwise`.
    std::string text(std::string_view name, std::string otherwise = {}) const;
    std::vector<std::string> texts(std::string_view name) const;
    void add(std::string_view name, std::string value)
    {
        values_[std::string{name}].push_back(std::move(value));
    }

private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// One verb of the command line. A noun's file holds a table of them.
struct Command {
    std::string_view noun;
    std::string_view verb; ///< "" for a daily verb that is its own noun
    std::string_view summary;
    std::vector<Option> options;
    Exit (*run)(const Arguments& arguments);
};

/// The tables, one function per file of this folder.
std::vector<Command> serve_commands();
std::vector<Command> config_commands();
std::vector<Command> status_commands();
std::vector<Command> queue_commands();
std::vector<Command> quarantine_commands();
std::vector<Command> history_commands();
std::vector<Command> list_commands();
std::vector<Command> reputation_commands();
std::vector<Command> policy_commands();
std::vector<Command> scan_commands();
std::vector<Command> sink_commands();
std::vector<Command> domain_commands();
std::vector<Command> auth_commands();
std::vector<Command> dkim_commands();
std::vector<Command> audit_commands();
std::vector<Command> mime_commands();
std::vector<Command> learn_commands();
std::vector<Command> evaluate_commands();
std::vector<Command> fingerprint_commands();
std::vector<Command> account_commands();
std::vector<Command> report_commands();
std::vector<Command> update_commands();
std::vector<Command> rule_commands();
std::vector<Command> user_commands();
std::vector<Command> completion_commands();
std::vector<Command> manual_commands();
std::vector<Command> init_commands();

/// Every command, in the order of `mailweir --help`.
const std::vector<Command>& all_commands();

/// Parses the command line, runs the command, returns the exit code. The one unit that knows CLI11.
int run(int argc, char** argv);
}
