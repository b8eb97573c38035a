// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/explain_file.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <set>

namespace app::commands {
namespace json = boost::json;

namespace {
const std::vector<Column>& columns()
{
    static const std::vector<Column> all{{"TIME", "time"},
                                         {"ID", "id"},
                                         {"ACTION", "action"},
                                         {"CLIENT", "client", 24},
                                         {"SENDER", "sender", 30},
                                         {"RECIPIENT", "recipient", 30},
                                         {"SCORE", "score"},
                                         {"RULE", "rule", 28},
                                         {"DELIVERY", "delivery", 30},
                                         {"SUBJECT", "subject", 40}};
    return all;
}

std::string filters_of(const Arguments& arguments, std::string since)
{
    std::vector<std::pair<std::string_view, std::string>> pairs{{"since", std::move(since)}};
    for (const std::string_view name : {"text", "sender", "recipient", "client", "action", "until"})
        pairs.emplace_back(name, arguments.text("--" + std::string{name}));
    pairs.emplace_back("message_id", arguments.text("--message-id"));
    pairs.emplace_back("sender_domain", arguments.text("--sender-domain"));
    pairs.emplace_back("recipient_domain", arguments.text("--recipient-domain"));
    return query_text(pairs);
}

Exit search(const Arguments& arguments)
{
    const auto rows = Daemon{arguments}.rows("/api/v1/history",
                                             filters_of(arguments, arguments.text("--since")),
                                             limit_of(arguments, 100));
    if (!rows)
        return rows.error();
    print_rows(output_of(arguments), columns(), *rows);
    return Exit::ok;
}

std::string key_of(const json::value& row)
{
    return cell_text(web::member_of(row, "id")) + " " + cell_text(web::member_of(row, "time"))
        + cell_text(web::member_of(row, "stage")) + cell_text(web::member_of(row, "client"));
}

/// Prints rows as they come, oldest first, until interrupted (or once, without --follow).
Exit tail(const Arguments& arguments)
{
    const Daemon daemon{arguments};
    std::set<std::string> seen;
    std::string since;
    for (;;) {
        auto rows = daemon.rows("/api/v1/history", filters_of(arguments, since),
                                since.empty() ? limit_of(arguments, 20) : 1000);
        if (!rows)
            return rows.error();
        json::array fresh;
        for (auto row = rows->rbegin(); row != rows->rend(); ++row)
            // `since` counts in seconds; what is older than the last row shown is not new.
            if (web::text_member(*row, "time").value_or("") >= since
                && seen.insert(key_of(*row)).second)
                fresh.push_back(*row);
        const bool is_first = since.empty();
        if (!fresh.empty() || is_first)
            print_rows(arguments.has("--json") ? Output::jsonl : output_of(arguments), columns(),
                       fresh);
        std::fflush(stdout);
        if (!arguments.has("--follow"))
            return Exit::ok;
        // Rows of the same moment may still come: they are asked for again and told apart by
        // `seen`.
        if (!rows->empty())
            since = web::text_member(rows->front(), "time").value_or("");
        else if (is_first)
            since = "2000-01-01T00:00:00.000Z";
        if (seen.size() > 100'000)
            seen.clear();
        ::poll(nullptr, 0, 1000);
    }
}

std::string value_of(const json::value& row, std::string_view name)
{
    return cell_text(web::member_of(row, name));
}

void print_findings(const json::value& row)
{
    constexpr double least_shown = 0.05;
    std::size_t small = 0;
    for (const auto& finding : web::array_member(row, "findings")) {
        const double points = web::number_member(finding, "points");
        if (points != 0 && std::abs(points) < least_shown) {
            ++small;
            continue;
        }
        std::printf(
            "    %-26s %s%s%s\n", value_of(finding, "name").c_str(),
            points != 0 ? fmt::format("{:+.4g}  ", std::round(points * 100) / 100).c_str() : "",
            web::text_member(finding, "detail").value_or("").empty()
                ? ""
                : (value_of(finding, "detail") + "  ").c_str(),
            web::text_member(finding, "evidence") ? value_of(finding, "evidence").c_str() : "");
    }
    if (small > 0)
        std::printf("    %zu more, none of which brings %g points\n", small, least_shown);
}

void print_history_row(const json::value& row)
{
    std::printf("  %s  %s  to %s\n", value_of(row, "id").c_str(), value_of(row, "time").c_str(),
                value_of(row, "recipient").c_str());
    std::printf("    from %s [%s, %s] by listener %s, stage %s\n", value_of(row, "sender").c_str(),
                value_of(row, "client").c_str(), value_of(row, "helo").c_str(),
                value_of(row, "listener").c_str(), value_of(row, "stage").c_str());
    std::printf("    subject %s, message-id %s, %s octets\n", value_of(row, "subject").c_str(),
                value_of(row, "message_id").c_str(), value_of(row, "size").c_str());
    std::printf("    verdict %s, score %s, by %s\n", value_of(row, "action").c_str(),
                value_of(row, "score").c_str(), value_of(row, "rule").c_str());
    print_findings(row);
    std::printf("    we said to the client: %s\n", value_of(row, "reply").c_str());
    std::printf("    delivery: %s   timings %s\n", value_of(row, "delivery").c_str(),
                value_of(row, "timings").c_str());
}

void print_trace(const json::value& message)
{
    std::printf("message %s\n", value_of(message, "id").c_str());
    for (const auto& row : web::array_member(message, "history"))
        print_history_row(row);
    for (const auto& row : web::array_member(message, "store"))
        std::printf("  stored %s to %s: %s %s, %s attempts, next %s, last reply %s\n",
                    value_of(row, "id").c_str(), value_of(row, "recipient").c_str(),
                    value_of(row, "state").c_str(), value_of(row, "reason").c_str(),
                    value_of(row, "attempts").c_str(), value_of(row, "next_attempt").c_str(),
                    value_of(row, "last_reply").c_str());
}

Exit trace(const Arguments& arguments)
{
    std::string text;
    for (const auto& word : arguments.texts("TEXT"))
        text += (text.empty() ? "" : " ") + word;
    if (text == "-")
        text.assign(std::istreambuf_iterator<char>{std::cin}, {});
    const auto answer = Daemon{arguments}.ask("POST", "/api/v1/trace", text);
    if (!answer)
        return answer.error();
    const auto& messages = web::array_member(answer->document, "messages");
    if (output_of(arguments) != Output::table)
        print_rows(output_of(arguments), {}, messages);
    else
        for (const auto& message : messages)
            print_trace(message);
    return Exit::ok;
}

Exit explain(const Arguments& arguments)
{
    const auto what = arguments.text("WHAT");
    std::error_code error;
    if (what == "-" || std::filesystem::exists(what, error))
        return explain_file(arguments, what);
    const auto answer = Daemon{arguments}.ask(
        "GET", "/api/v1/messages/" + escaped_segment(what) + "/explanation");
    if (!answer)
        return answer.error();
    if (arguments.has("--json")) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    for (const auto& one : web::array_member(answer->document, "explanations"))
        std::printf("%s to %s\n%s\n", value_of(one, "id").c_str(),
                    value_of(one, "recipient").c_str(),
                    web::text_member(one, "text").value_or("").c_str());
    return Exit::ok;
}

std::vector<Option> searching()
{
    return {
        {"--text", "TEXT", "in sender, recipient, From or Subject (3 characters or more)"},
        {"--sender", "ADDRESS"},
        {"--recipient", "ADDRESS"},
        {"--sender-domain", "NAME"},
        {"--recipient-domain", "NAME"},
        {"--client", "IP"},
        {"--message-id", "ID"},
        {"--action", "deliver|tag|quarantine|discard|defer|reject", "only what got this verdict"},
        {"--until", "TIME"},
        {"--limit", "N"},
        json_option(),
        jsonl_option()};
}
}

std::vector<Command> history_commands()
{
    auto all = searching();
    all.push_back({"--since", "TIME", "a date, an RFC 3339 time in UTC, or how long ago: \"2 h\""});
    auto following = searching();
    following.push_back({"--follow", "", "go on until interrupted"});
    return {
        {"history", "search", "what happened, newest first", with_daemon_options(all), search},
        {"history", "tail", "the last rows, oldest first", with_daemon_options(following), tail},
        {"trace", "",
         "everything about a message: an id, a bounce text, a Message-ID, or - for stdin",
         with_daemon_options({{"TEXT", "", "", true, true}, json_option(), jsonl_option()}), trace},
        {"explain", "", "why a message got its verdict: an id, or a file judged now",
         explain_options(), explain}};
}
}
