// SPDX-License-Identifier: Apache-2.0
// Queue and quarantine: rows of the store that wait, and rows that are held.
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <cstdio>
#include <iostream>

namespace app::commands {
namespace json = boost::json;

namespace {
Exit list(const Arguments& arguments, const char* path, const std::vector<Column>& columns)
{
    const auto query = query_text({{"recipient", arguments.text("--recipient")},
                                   {"domain", arguments.text("--domain")},
                                   {"text", arguments.text("--text")}});
    const auto rows = Daemon{arguments}.rows(path, query, limit_of(arguments, 100));
    if (!rows)
        return rows.error();
    print_rows(output_of(arguments), columns, *rows);
    return Exit::ok;
}

Exit list_queue(const Arguments& arguments)
{
    return list(arguments, "/api/v1/queue",
                {{"ID", "id"},
                 {"RECEIVED", "received_at"},
                 {"SENDER", "sender", 32},
                 {"RECIPIENT", "recipient", 32},
                 {"SIZE", "size"},
                 {"TRIES", "attempts"},
                 {"NEXT", "next_attempt"},
                 {"LAST REPLY", "last_reply", 50}});
}

Exit list_quarantine(const Arguments& arguments)
{
    return list(arguments, "/api/v1/quarantine",
                {{"ID", "id"},
                 {"RECEIVED", "received_at"},
                 {"SENDER", "sender", 32},
                 {"RECIPIENT", "recipient", 32},
                 {"SCORE", "score"},
                 {"REASON", "reason", 32},
                 {"DETAIL", "detail", 32},
                 {"SUBJECT", "subject", 50}});
}

void print_row(const json::value& row)
{
    for (const auto& member : row.as_object())
        std::printf("%-13s %s\n", std::string{member.key().data(), member.key().size()}.c_str(),
                    cell_text(member.value()).c_str());
    std::puts("");
}

Exit show(const Arguments& arguments)
{
    const auto answer
        = Daemon{arguments}.ask("GET", "/api/v1/messages/" + escaped_segment(arguments.text("ID")));
    if (!answer)
        return answer.error();
    const auto& rows = web::array_member(answer->document, "rows");
    if (output_of(arguments) != Output::table)
        print_rows(output_of(arguments), {}, rows);
    else
        for (const auto& row : rows)
            print_row(row);
    return Exit::ok;
}

Exit cat(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask(
        "GET", "/api/v1/messages/" + escaped_segment(arguments.text("ID")) + "/content");
    if (!answer)
        return answer.error();
    std::cout.write(answer->body.data(), static_cast<std::streamsize>(answer->body.size())).flush();
    return std::cout ? Exit::ok : Exit::failed;
}

Exit act(const Arguments& arguments, const std::string& target, bool is_for_all)
{
    web::JsonWriter body;
    body.begin_object();
    if (is_for_all)
        body.member("all", true);
    if (arguments.has("--spam"))
        body.member("spam", true);
    body.key("ids").begin_array();
    for (const auto& id : arguments.texts("ID"))
        body.text(id);
    body.end_array().end_object();
    const auto query = query_text({{"recipient", arguments.text("--recipient")},
                                   {"domain", arguments.text("--domain")},
                                   {"text", arguments.text("--text")}});
    const auto answer
        = Daemon{arguments}.ask("POST", target + (query.empty() ? "" : "?" + query), body.take());
    if (!answer)
        return answer.error();
    if (arguments.has("--json"))
        std::puts(answer->body.c_str());
    else
        std::printf("%.0f rows\n", web::number_member(answer->document, "changed"));
    return Exit::ok;
}

/// "queue retry" and the like: ids, or --all with filters.
template <const char* Target> Exit act_on(const Arguments& arguments)
{
    const bool is_for_all = arguments.has("--all");
    if (is_for_all == arguments.has("ID")) {
        std::fputs("mailweir: wants IDs, or --all\n", stderr);
        return Exit::usage;
    }
    return act(arguments, Target, is_for_all);
}

constexpr char retry_rows[] = "/api/v1/queue/retry";
constexpr char hold_rows[] = "/api/v1/queue/hold";
constexpr char release_rows[] = "/api/v1/queue/release";
constexpr char delete_rows[] = "/api/v1/queue/delete";
constexpr char release_held[] = "/api/v1/quarantine/release";
constexpr char delete_held[] = "/api/v1/quarantine/delete";

Exit flush(const Arguments& arguments) { return act(arguments, retry_rows, true); }
Exit purge(const Arguments& arguments)
{
    if (!arguments.has("--yes") && !arguments.has("--recipient") && !arguments.has("--domain")
        && !arguments.has("--text")) {
        std::fputs(
            "mailweir: this deletes the whole quarantine; say --yes, or choose with --recipient, "
            "--domain or --text\n",
            stderr);
        return Exit::usage;
    }
    return act(arguments, delete_held, true);
}

Exit digest(const Arguments& arguments)
{
    web::JsonWriter body;
    body.begin_object();
    if (arguments.has("--user"))
        body.member("user", arguments.text("--user"));
    body.member("dry_run", arguments.has("--dry-run")).end_object();
    const auto answer = Daemon{arguments}.ask("POST", "/api/v1/digests", body.take());
    if (!answer)
        return answer.error();
    print_rows(output_of(arguments),
               {{"ADDRESS", "address", 40},
                {"MESSAGES", "messages"},
                {"LANGUAGE", "language"},
                {"SENT", "sent"},
                {"PROBLEM", "problem", 50}},
               web::array_member(answer->document, "digests"));
    return Exit::ok;
}

std::vector<Option> filters()
{
    return {{"--recipient", "ADDRESS", "rows for this recipient"},
            {"--domain", "NAME", "rows for recipients of this domain"},
            {"--text", "TEXT", "rows with this in sender, recipient, From or Subject"}};
}

std::vector<Option> listing()
{
    auto options = filters();
    options.insert(
        options.end(),
        {{"--limit", "N", "at most so many rows (default: 100)"}, json_option(), jsonl_option()});
    return with_daemon_options(options);
}

std::vector<Option> acting()
{
    auto options = filters();
    options.insert(options.end(),
                   {{"ID", "", "ID for all recipients of a message, ID/N for one", true},
                    {"--all", "", "all rows that the filters let through"},
                    json_option()});
    return with_daemon_options(options);
}

std::vector<Option> one_message()
{
    return with_daemon_options(
        {{"ID", "", "ID or ID/N", false, true}, json_option(), jsonl_option()});
}
}

std::vector<Command> queue_commands()
{
    auto flushing = filters();
    flushing.push_back(json_option());
    return {
        {"queue", "list", "what waits for delivery, newest first", listing(), list_queue},
        {"queue", "show", "all about one stored message", one_message(), show},
        {"queue", "cat", "the message as received",
         with_daemon_options({{"ID", "", "", false, true}}), cat},
        {"queue", "retry", "try these now", acting(), act_on<retry_rows>},
        {"queue", "flush", "try everything now", with_daemon_options(flushing), flush},
        {"queue", "hold", "take out of the queue into the quarantine", acting(), act_on<hold_rows>},
        {"queue", "release", "put held rows back into the queue", acting(), act_on<release_rows>},
        {"queue", "delete", "drop; nobody is told", acting(), act_on<delete_rows>}};
}

std::vector<Command> quarantine_commands()
{
    auto purging = filters();
    auto deleting = acting();
    deleting.push_back({"--spam", "", "and teach the classifier that it is spam"});
    purging.insert(purging.end(), {{"--yes", "", "really all of it"}, json_option()});
    return {{"quarantine", "list", "what is held, newest first", listing(), list_quarantine},
            {"quarantine", "show", "all about one held message", one_message(), show},
            {"quarantine", "cat", "the message as received",
             with_daemon_options({{"ID", "", "", false, true}}), cat},
            {"quarantine", "release", "deliver", acting(), act_on<release_held>},
            {"quarantine", "delete", "drop; nobody is told", deleting, act_on<delete_held>},
            {"quarantine", "digest", "tell people by mail what is held for them, now",
             with_daemon_options(
                 {{"--user", "ADDRESS", "only this address, or the addresses of this account"},
                  {"--dry-run", "", "only say who would be told of how much"},
                  json_option(),
                  jsonl_option()}),
             digest},
            {"quarantine", "purge", "drop all that the filters choose",
             with_daemon_options(purging), purge}};
}
}
