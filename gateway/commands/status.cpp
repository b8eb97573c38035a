// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "gateway/version.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace app::commands {
namespace json = boost::json;

namespace {
std::string count_of(const json::value& object, std::string_view name)
{
    return fmt::format("{:.0f}", web::number_member(object, name));
}

std::string text_of(const json::value& object, std::string_view name)
{
    return cell_text(web::member_of(object, name));
}

std::string listeners_line(const json::value& status)
{
    std::string line;
    for (const auto& listener : web::array_member(status, "listeners"))
        line += fmt::format("{}{} {} ({})", line.empty() ? "" : ", ", text_of(listener, "name"),
                            text_of(listener, "address"), text_of(listener, "role"));
    return line;
}

std::string verdicts_line(const json::value& messages)
{
    std::string line;
    const auto* verdicts = web::member_of(messages, "verdicts").if_object();
    for (const auto& [action, count] : verdicts == nullptr ? json::object{} : *verdicts)
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ",
                            std::string_view{action.data(), action.size()}, cell_text(count));
    return line;
}

std::string next_hops_line(const json::value& status)
{
    std::string line;
    for (const auto& hop : web::array_member(status, "next_hops"))
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", text_of(hop, "server"),
                            web::is_member_true(hop, "down") ? "DOWN: " + text_of(hop, "problem")
                                                             : "up");
    return line.empty() ? "none used yet" : line;
}

std::string dns_line(const json::value& dns)
{
    std::string servers;
    for (const auto& server : web::array_member(dns, "servers"))
        servers += (servers.empty() ? "" : ", ") + cell_text(server);
    auto line = fmt::format("{}; {} questions sent, {} answered from {} cached answers, {} failed",
                            servers.empty()                      ? "no servers"
                                : web::is_member_true(dns, "up") ? servers
                                                                 : servers + " DOES NOT ANSWER",
                            count_of(dns, "questions"), count_of(dns, "cached"),
                            count_of(dns, "cache_entries"), count_of(dns, "failed"));
    for (const auto& list : web::array_member(dns, "lists"))
        line += fmt::format("; {} {}", text_of(list, "zone"),
                            web::is_member_true(list, "up")
                                ? count_of(list, "hits") + " hits"
                                : "NOT BELIEVED (" + text_of(list, "problem") + ")");
    return line;
}

std::string scan_line(const json::value& scan)
{
    if (!web::is_member_true(scan, "workers_used"))
        return "in the gate, without workers";
    return fmt::format("{} workers, {} busy, {} waiting; {} messages, {} unscannable, {} deferred; "
                       "{} workers "
                       "started, {} died",
                       count_of(scan, "workers"), count_of(scan, "busy"), count_of(scan, "waiting"),
                       count_of(scan, "messages"), count_of(scan, "unscannable"),
                       count_of(scan, "not_scanned"), count_of(scan, "started"),
                       count_of(scan, "died"))
        + (text_of(scan, "weaknesses").empty() ? "" : "; " + text_of(scan, "weaknesses"));
}

std::string backup_line(const json::value& backup)
{
    const bool is_there = !web::member_of(backup, "last").is_null();
    std::string line = is_there ? fmt::format("{} ({})", text_of(backup, "last"),
                                              octets_text(web::number_member(backup, "bytes")))
                                : "none";
    if (web::is_member_true(backup, "running"))
        return line + "; one is being made";
    if (!web::is_member_true(backup, "nightly"))
        line += "; none are made at night: backup.to names no folder";
    return line;
}

void print_line(const char* head, const std::string& text)
{
    std::printf("%-12s %s\n", head, printable(text).c_str());
}

void print_status(const json::value& status)
{
    const auto& sessions = web::member_of(status, "sessions");
    const auto& messages = web::member_of(status, "messages");
    const auto& store = web::member_of(status, "store");
    const auto& disk = web::member_of(status, "disk");
    const bool is_well = web::is_member_true(status, "ok");
    print_line("mailweir",
               fmt::format("{}, {}, up {}", text_of(status, "version"),
                           is_well ? "all is well" : "NOT WELL, see below",
                           span_text(web::number_member(status, "uptime_s"))));
    print_line("listeners", listeners_line(status));
    print_line("messages",
               fmt::format("{} received ({}), {} sessions open, {} refused at the door; "
                           "recipients: {}",
                           count_of(messages, "received"),
                           octets_text(web::number_member(messages, "bytes")),
                           count_of(sessions, "open"), count_of(sessions, "refused"),
                           verdicts_line(messages)));
    print_line("queue",
               fmt::format("{} waiting, {} under way, oldest {}; {} held in quarantine",
                           count_of(store, "waiting"), count_of(store, "under_way"),
                           text_of(store, "oldest_waiting"), count_of(store, "held")));
    print_line("store",
               web::is_member_true(store, "stopped")
                   ? "STOPPED: " + text_of(store, "problem")
                   : fmt::format("working, {} bodies, {}; disk {} of {} free",
                                 count_of(store, "bodies"),
                                 octets_text(web::number_member(store, "bytes")),
                                 octets_text(web::number_member(disk, "free")),
                                 octets_text(web::number_member(disk, "size"))));
    print_line("next hops", next_hops_line(status));
    print_line("scan", scan_line(web::member_of(status, "scan")));
    print_line("dns", dns_line(web::member_of(status, "dns")));
    print_line("backup", backup_line(web::member_of(status, "backup")));
    print_line("certificate",
               web::member_of(status, "certificate_ends").is_null()
                   ? "none"
                   : "ends " + text_of(status, "certificate_ends"));
    if (web::member_of(status, "rate_proposal").is_string())
        print_line("proposal", "rate: " + text_of(status, "rate_proposal"));
    for (const auto& condition : web::array_member(status, "conditions")) {
        print_line("PROBLEM", text_of(web::member_of(condition, "sentence"), "en"));
        print_line("  do this", text_of(web::member_of(condition, "advice"), "en"));
    }
}

Exit status(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/status");
    if (!answer)
        return answer.error();
    if (output_of(arguments) == Output::table)
        print_status(answer->document);
    else
        std::puts(answer->body.c_str());
    return Exit::ok;
}

/// Tells everyone that it is a test, and says whom that reached.
Exit test_alert(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("POST", "/api/v1/alerts/test");
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table)
        std::puts(answer->body.c_str());
    bool is_sent = true;
    for (const auto& one : web::array_member(answer->document, "sent")) {
        const auto why = text_of(one, "problem");
        is_sent = is_sent && why.empty();
        if (output_of(arguments) == Output::table)
            print_line(why.empty() ? "sent" : "NOT SENT",
                       text_of(one, "to") + (why.empty() ? "" : ": " + why));
    }
    return is_sent ? Exit::ok : Exit::failed;
}

Exit health(const Arguments& arguments)
{
    if (arguments.has("--test-alert"))
        return test_alert(arguments);
    const auto answer = Daemon{arguments}.ask_whatever("GET", "/api/v1/health");
    if (!answer)
        return answer.error();
    if (answer->status == 403)
        return Exit::forbidden;
    if (output_of(arguments) != Output::table)
        std::puts(answer->body.c_str());
    else if (answer->status == 200)
        std::puts("ok");
    for (const auto& problem : web::array_member(answer->document, "problems"))
        std::fprintf(stderr, "%s\n", cell_text(problem).c_str());
    return answer->status == 200 ? Exit::ok : Exit::failed;
}

void write_layer(web::JsonWriter& out, const filters::LayerType& type)
{
    out.begin_object().member("name", type.name).member("summary", type.summary);
    out.member("listener_layer", type.is_listener_layer);
    out.member("on_error", type.on_error == filters::OnError::defer ? "defer" : "ignore");
    out.key("findings").begin_array();
    for (const auto& finding : type.findings)
        out.begin_object()
            .member("name", finding.name)
            .member("english", finding.english)
            .member("japanese", finding.japanese)
            .member("overriding", finding.is_overriding)
            .end_object();
    out.end_array().member("settings", type.settings).end_object();
}

void print_layer(const filters::LayerType& type)
{
    std::printf("%s: %s\n", std::string{type.name}.c_str(), std::string{type.summary}.c_str());
    for (const auto& finding : type.findings)
        std::printf("  %-28s %s%s\n", std::string{finding.name}.c_str(),
                    std::string{finding.english}.c_str(),
                    finding.is_overriding ? " (overriding)" : "");
    if (!type.settings.empty())
        std::printf("  settings, with their defaults%s:\n",
                    type.is_listener_layer ? " (in mailweir.yaml)"
                                           : " (in mailweir.yaml under \"layers\")");
    std::string_view text = type.settings;
    while (!text.empty()) {
        const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.empty())
            std::printf("    %s\n", std::string{line}.c_str());
    }
    std::puts("");
}

Exit layers(const Arguments& arguments)
{
    const auto wanted = arguments.text("NAME");
    web::JsonWriter out;
    out.begin_array();
    bool is_found = wanted.empty();
    for (const auto* type : filters::layer_types()) {
        if (!wanted.empty() && type->name != wanted)
            continue;
        is_found = true;
        if (output_of(arguments) == Output::table)
            print_layer(*type);
        else
            write_layer(out, *type);
    }
    if (!is_found) {
        std::vector<std::string_view> names;
        for (const auto* type : filters::layer_types())
            names.push_back(type->name);
        std::fprintf(stderr, "mailweir: no layer \"%s\" %s\n", wanted.c_str(),
                     filters::did_you_mean(wanted, names).c_str());
        return Exit::not_found;
    }
    if (output_of(arguments) != Output::table)
        std::puts(out.end_array().str().c_str());
    return Exit::ok;
}

Exit version(const Arguments& arguments)
{
    const auto text
        = arguments.has("--verbose") ? version_details() : "mailweir " + version_text() + "\n";
    std::fputs(text.c_str(), stdout);
    return Exit::ok;
}
}

std::vector<Command> status_commands()
{
    return {{"status", "", "whether all is well, in ten lines",
             with_daemon_options({json_option()}), status},
            {"health", "", "exit code 0 when mail flows as it should",
             with_daemon_options(
                 {{"--test-alert", "", "sends a test to everyone who is told"}, json_option()}),
             health},
            {"layers",
             "",
             "what each layer finds, and its settings with defaults",
             {{"NAME", "LAYER", "only this layer"}, json_option()},
             layers},
            {"version",
             "",
             "version; with --verbose also of the parts",
             {{"--verbose", "", "compiler, libraries, layers"}},
             version}};
}
}
