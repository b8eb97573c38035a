// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/terminal.hpp"
#include "gateway/config.hpp"
#include "gateway/mail/ip.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/list_rights.hpp"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <iterator>

namespace app::commands {
namespace {
const std::vector<Column>& columns()
{
    static const std::vector<Column> all{
        {"LIST", "list"},       {"ENTRY", "entry"},   {"KIND", "kind"},
        {"SCOPE", "scope"},     {"HITS", "hits"},     {"LAST HIT", "last_hit"},
        {"EXPIRES", "expires"}, {"AUTHOR", "author"}, {"NOTE", "note", 40}};
    return all;
}

/// A whole public suffix ("com", "co.jp") hits much: says how much, and wants a yes.
Exit confirm_whole_suffix(const Daemon& daemon, const std::string& entry)
{
    const auto answer
        = daemon.ask("GET", "/api/v1/lists/preview?" + query_text({{"entry", entry}}));
    if (!answer)
        return answer.error();
    std::fprintf(
        stderr,
        "\"%s\" means every sender under it: %.0f of the last %.0f recipients in the history.\n",
        entry.c_str(), web::number_member(answer->document, "would_have_hit"),
        web::number_member(answer->document, "looked_at"));
    if (!is_terminal(STDIN_FILENO)) {
        std::fputs("mailweir: say --yes if it is meant\n", stderr);
        return Exit::usage;
    }
    std::fputs("Add it? [y/N] ", stderr);
    std::string line;
    std::getline(std::cin, line);
    return line == "y" || line == "yes" ? Exit::ok : Exit::failed;
}

Exit add(const Arguments& arguments, const char* list)
{
    const Daemon daemon{arguments};
    const auto entry = arguments.text("ENTRY");
    const auto read = storage::parse_list_entry(entry);
    if (read && web::is_public_suffix(*read) && !arguments.has("--yes"))
        if (const auto code = confirm_whole_suffix(daemon, entry); code != Exit::ok)
            return code;
    web::JsonWriter body;
    body.begin_object().member("list", list).member("entry", entry);
    body.member("scope", arguments.text("--scope")).member("note", arguments.text("--note"));
    body.member("expires", arguments.text("--expires")).end_object();
    const auto answer = daemon.ask("POST", "/api/v1/lists", body.take());
    if (!answer)
        return answer.error();
    if (output_of(arguments) == Output::table)
        std::printf("added: %s %s (%s) for %s\n", list,
                    cell_text(web::member_of(answer->document, "entry")).c_str(),
                    cell_text(web::member_of(answer->document, "kind")).c_str(),
                    cell_text(web::member_of(answer->document, "scope")).c_str());
    else
        std::puts(answer->body.c_str());
    return Exit::ok;
}

Exit remove(const Arguments& arguments, const char* list)
{
    const auto query = query_text(
        {{"list", list}, {"entry", arguments.text("ENTRY")}, {"scope", arguments.text("--scope")}});
    const auto answer = Daemon{arguments}.ask("DELETE", "/api/v1/lists?" + query);
    if (!answer)
        return answer.error();
    std::puts("removed");
    return Exit::ok;
}

/// Page by page: there may be very many.
Exit list(const Arguments& arguments, const char* name)
{
    const Daemon daemon{arguments};
    boost::json::array entries;
    std::string after;
    do {
        const auto query = query_text({{"list", name},
                                       {"scope", arguments.text("--scope")},
                                       {"after", after},
                                       {"limit", "1000"}});
        const auto answer = daemon.ask("GET", "/api/v1/lists?" + query);
        if (!answer)
            return answer.error();
        const auto& page = web::array_member(answer->document, "entries");
        entries.insert(entries.end(), page.begin(), page.end());
        after = web::text_member(answer->document, "next").value_or("");
    } while (!after.empty());
    print_rows(output_of(arguments), columns(), entries);
    return Exit::ok;
}

Exit test(const Arguments& arguments, const char*)
{
    const auto what = arguments.text("WHAT");
    const bool is_client = mail::Ip::parse(what).has_value();
    const auto query = query_text(
        {{is_client ? "client" : "sender", what}, {"recipient", arguments.text("--to")}});
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/lists/test?" + query);
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    const auto& matches = web::array_member(answer->document, "matches");
    const auto& networks = web::array_member(answer->document, "networks");
    if (matches.empty() && networks.empty())
        std::puts("no entry matches");
    if (!matches.empty())
        print_table(columns(), matches);
    if (!networks.empty())
        print_table({{"EFFECT", "effect"},
                     {"NETWORK", "network"},
                     {"LIST", "list"},
                     {"LINE", "line"},
                     {"CHANGED", "changed"},
                     {"HITS", "hits"},
                     {"LAST HIT", "last_hit"}},
                    networks);
    return Exit::ok;
}

Exit import(const Arguments& arguments, const char*)
{
    const auto path = arguments.text("FILE");
    const auto csv = path == "-" ? std::expected<std::string, std::string>{std::string{
                                       std::istreambuf_iterator<char>{std::cin}, {}}}
                                 : read_file(path, 15U << 20);
    if (!csv) {
        std::fprintf(stderr, "mailweir: %s\n", csv.error().c_str());
        return Exit::not_found;
    }
    const auto query = query_text({{"scope", arguments.text("--scope")},
                                   {"dry_run", arguments.has("--dry-run") ? "true" : ""}});
    const auto answer = Daemon{arguments}.ask(
        "POST", "/api/v1/lists/import" + (query.empty() ? "" : "?" + query), *csv);
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
    } else {
        for (const auto& line : web::array_member(answer->document, "lines"))
            if (const auto problem = web::text_member(line, "problem");
                problem && !problem->empty())
                std::fprintf(stderr, "%s:%.0f: %s\n", path.c_str(),
                             web::number_member(line, "line"), printable(*problem).c_str());
        const auto lines = web::array_member(answer->document, "lines").size();
        const auto wrong = web::number_member(answer->document, "wrong");
        std::printf(arguments.has("--dry-run") ? "would add %.0f entries, %.0f lines are wrong\n"
                                               : "added %.0f entries, %.0f lines are wrong\n",
                    static_cast<double>(lines) - wrong, wrong);
    }
    return web::number_member(answer->document, "wrong") > 0 ? Exit::failed : Exit::ok;
}

/// One function for both lists, so that a table row can name it.
template <Exit (*Run)(const Arguments&, const char*)> Exit on_allow(const Arguments& arguments)
{
    return Run(arguments, "allow");
}

template <Exit (*Run)(const Arguments&, const char*)> Exit on_block(const Arguments& arguments)
{
    return Run(arguments, "block");
}

void append(std::vector<Command>& commands, std::string_view noun, bool is_allow)
{
    const Option scope{"--scope", "SCOPE", "global (default), domain:NAME or user:ADDRESS"};
    const Option entry{"ENTRY", "", "a@b.example, b.example, com, 192.0.2.0/24", false, true};
    commands.push_back(
        {noun, "add", "add or replace an entry",
         with_daemon_options(
             {entry,
              scope,
              {"--note", "TEXT"},
              {"--expires", "WHEN", "a date, or \"30 days\""},
              {"--yes", "", "all of a public suffix, such as com or co.jp, is meant"},
              json_option()}),
         is_allow ? on_allow<add> : on_block<add>});
    commands.push_back({noun, "remove", "remove an entry", with_daemon_options({entry, scope}),
                        is_allow ? on_allow<remove> : on_block<remove>});
    commands.push_back({noun, "list", "entries with their hits",
                        with_daemon_options({scope, json_option(), jsonl_option()}),
                        is_allow ? on_allow<list> : on_block<list>});
    commands.push_back(
        {noun, "test", "which entries match a sender or a client's address",
         with_daemon_options({{"WHAT", "", "a sender's address, or an IP address", false, true},
                              {"--to", "ADDR", "the recipient whose lists count too"},
                              json_option()}),
         is_allow ? on_allow<test> : on_block<test>});
    commands.push_back(
        {noun, "import",
         "entries from CSV: list,entry,scope,note or a head line that names the columns "
         "(list, entry, scope, user, note, expires)",
         with_daemon_options({{"FILE", "", "", false, true},
                              scope,
                              {"--dry-run", "", "say what would happen, change nothing"},
                              json_option()}),
         is_allow ? on_allow<import> : on_block<import>});
}
}

std::vector<Command> list_commands()
{
    std::vector<Command> commands;
    append(commands, "allow", true);
    append(commands, "block", false);
    return commands;
}
}
