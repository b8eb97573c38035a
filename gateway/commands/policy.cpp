// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"
#include "filters/unread_findings.hpp"

#include "gateway/commands/daemon.hpp"
#include "gateway/commands/job.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <iterator>

namespace app::commands {
namespace {
Exit list_revisions(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/policy/revisions?limit=1000");
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    print_table({{"REVISION", "number"},
                 {"TIME", "time"},
                 {"AUTHOR", "author"},
                 {"BACK TO", "of"},
                 {"NOTE", "note", 100}},
                web::array_member(answer->document, "revisions"));
    return Exit::ok;
}

Exit show(const Arguments& arguments)
{
    if (arguments.has("--list"))
        return list_revisions(arguments);
    const auto number = arguments.text("--revision");
    const auto answer = Daemon{arguments}.ask(
        "GET",
        number.empty() ? "/api/v1/policy" : "/api/v1/policy/revisions/" + escaped_segment(number));
    if (!answer)
        return answer.error();
    if (output_of(arguments) == Output::table)
        std::fputs(web::text_member(answer->document, "document").value_or("").c_str(), stdout);
    else
        std::puts(answer->body.c_str());
    return Exit::ok;
}

std::optional<std::string> document_or_complain(const std::string& file)
{
    if (file == "-")
        return std::string{std::istreambuf_iterator<char>{std::cin}, {}};
    auto text = read_file(file);
    if (text)
        return std::move(*text);
    std::fprintf(stderr, "mailweir: %s\n", text.error().c_str());
    return {};
}

/// A file, or the one the configuration names.
Exit check(const Arguments& arguments)
{
    std::string file = arguments.text("FILE"), text;
    if (file == "-") {
        text = *document_or_complain(file);
        file = "stdin";
    } else if (file.empty()) {
        const auto configuration = load_or_complain(source_of(arguments));
        if (!configuration)
            return Exit::invalid;
        file = configuration->policy_file;
        text = configuration->policy_text;
    } else {
        auto read = read_file(file);
        if (!read) {
            std::fprintf(stderr, "mailweir: %s\n", read.error().c_str());
            return Exit::not_found;
        }
        text = std::move(*read);
    }
    const auto policy = filters::parse_policy(text, file);
    if (!policy) {
        std::fputs(filters::to_string(policy.error()).c_str(), stderr);
        return Exit::invalid;
    }
    std::printf("ok: %s: %zu layers, %zu rules, %zu domains of their own\n", file.c_str(),
                policy->layers.size(), policy->standard.rules.size(), policy->domains.size());
    for (const auto* type : filters::unread_findings(*policy))
        std::printf("no rule reads %s: %s\n", std::string{type->name}.c_str(),
                    std::string{type->english}.c_str());
    return Exit::ok;
}

Exit diff(const Arguments& arguments)
{
    const auto document = document_or_complain(arguments.text("FILE"));
    if (!document)
        return Exit::not_found;
    web::JsonWriter json;
    json.begin_object().member("document", *document);
    json.member("against", filters::parse_number(arguments.text("--revision", "0")).value_or(0));
    const auto answer
        = Daemon{arguments}.ask("POST", "/api/v1/policy/diff", json.end_object().take());
    if (!answer)
        return answer.error();
    if (output_of(arguments) == Output::table)
        std::fputs(web::text_member(answer->document, "text").value_or("").c_str(), stdout);
    else
        std::puts(answer->body.c_str());
    return Exit::ok;
}

Exit print_applied(const Arguments& arguments, const std::expected<Answer, Exit>& answer)
{
    if (!answer)
        return answer.error();
    for (const auto& warning : web::text_members(answer->document, "warnings"))
        std::fputs((printable(warning) + "\n").c_str(), stderr);
    if (output_of(arguments) != Output::table)
        std::puts(answer->body.c_str());
    else
        std::printf("revision %s is in force\n",
                    cell_text(web::member_of(answer->document, "revision")).c_str());
    return Exit::ok;
}

/// The revision that --expected names, else the one in force.
std::expected<std::int64_t, Exit> expected_revision(const Arguments& arguments,
                                                    const Daemon& daemon)
{
    if (const auto given = filters::parse_number(arguments.text("--expected")))
        return *given;
    const auto policy = daemon.ask("GET", "/api/v1/policy");
    if (!policy)
        return std::unexpected{policy.error()};
    return static_cast<std::int64_t>(web::number_member(policy->document, "revision"));
}

Exit apply(const Arguments& arguments)
{
    const auto document = document_or_complain(arguments.text("FILE"));
    if (!document)
        return Exit::not_found;
    const Daemon daemon{arguments};
    const auto expected = expected_revision(arguments, daemon);
    if (!expected)
        return expected.error();
    web::JsonWriter json;
    json.begin_object().member("document", *document).member("note", arguments.text("--note"));
    json.member("expected", *expected).end_object();
    return print_applied(arguments, daemon.ask("POST", "/api/v1/policy/apply", json.take()));
}

Exit rollback(const Arguments& arguments)
{
    const auto number = filters::parse_number(arguments.text("REVISION"));
    if (!number) {
        std::fputs("mailweir: REVISION is a number (mailweir policy show --list)\n", stderr);
        return Exit::usage;
    }
    web::JsonWriter json;
    json.begin_object().member("revision", *number).member("note", arguments.text("--note"));
    return print_applied(
        arguments,
        Daemon{arguments}.ask("POST", "/api/v1/policy/rollback", json.end_object().take()));
}

std::string number_text(const boost::json::value& object, std::string_view name)
{
    return fmt::format("{:.0f}", web::number_member(object, name));
}

void print_changes(const boost::json::value& result)
{
    for (const auto& change : web::array_member(result, "changes")) {
        std::string examples;
        for (const auto& id : web::text_members(change, "examples"))
            examples += " " + printable(id);
        std::puts(fmt::format("{:>9}  {} instead of {}  {}", number_text(change, "count"),
                              cell_text(web::member_of(change, "to")),
                              cell_text(web::member_of(change, "from")), examples)
                      .c_str());
    }
    std::puts(fmt::format("{:>9}  as now", number_text(result, "unchanged")).c_str());
    if (web::number_member(result, "beyond") > 0)
        std::puts(fmt::format("{:>9}  refused at RCPT now, and nobody knows what would have come",
                              number_text(result, "beyond"))
                      .c_str());
    if (web::number_member(result, "not_judged") > 0)
        std::puts(
            fmt::format("{:>9}  no policy decides", number_text(result, "not_judged")).c_str());
    for (const auto& layer : web::text_members(result, "layers_without_facts"))
        std::puts(
            fmt::format("nothing is known of what the layer {} would have found", printable(layer))
                .c_str());
}

void print_domains(const boost::json::value& result)
{
    boost::json::array rows;
    for (auto domain : web::array_member(result, "domains")) {
        const auto& safe = web::member_of(domain, "safe");
        domain.as_object()["verdict"] = safe.is_null() ? "too little mail"
            : web::is_member_true(domain, "safe")      ? "yes"
                                                       : "no";
        rows.push_back(std::move(domain));
    }
    std::puts("");
    print_table({{"DOMAIN", "name"},
                 {"MAILS", "looked_at"},
                 {"REFUSED", "refused"},
                 {"NEW", "newly"},
                 {"RELEASED", "released"},
                 {"ALLOWED", "allowed"},
                 {"NOT SPAM", "not_spam"},
                 {"SAFE TO REFUSE", "verdict"}},
                rows);
}

Exit simulate(const Arguments& arguments)
{
    const auto document = document_or_complain(arguments.text("FILE"));
    if (!document)
        return Exit::not_found;
    const auto days = filters::parse_real(arguments.text("--days", "7"));
    if (!days) {
        std::fputs("mailweir: --days wants a number\n", stderr);
        return Exit::usage;
    }
    web::JsonWriter json;
    json.begin_object().member("document", *document).member("days", *days);
    json.member("domain", arguments.text("--domain"));
    json.member("rescan", arguments.has("--rescan")).end_object();
    const Daemon daemon{arguments};
    const auto started = daemon.ask("POST", "/api/v1/policy/simulate", json.take());
    if (!started)
        return started.error();
    const auto result = result_of_job(daemon, *started, "recipients");
    if (!result)
        return result.error();
    if (output_of(arguments) != Output::table) {
        std::puts(web::json_text(*result).c_str());
        return Exit::ok;
    }
    std::puts(fmt::format("{:>9}  looked at", number_text(*result, "looked_at")).c_str());
    print_changes(*result);
    print_domains(*result);
    return Exit::ok;
}
}

std::vector<Command> policy_commands()
{
    const Option file{"FILE", "", "a policy document, or - for stdin", false, true};
    const Option note{"--note", "TEXT", "why, for those who come after"};
    return {
        {"policy", "show", "the policy document in force",
         with_daemon_options({{"--list", "", "its revisions instead, newest first"},
                              {"--revision", "N", "the document of that revision"},
                              json_option()}),
         show},
        {"policy",
         "check",
         "exit 0 and the findings that no rule reads, or 6 with file:line:col of every complaint",
         {{"FILE", "", "default: the one the configuration names; - for stdin"}, config_option()},
         check},
        {"policy", "diff", "how a document differs from the one in force",
         with_daemon_options(
             {file, {"--revision", "N", "from that revision instead"}, json_option()}),
         diff},
        {"policy", "simulate", "what a document would have done to the mail of the last days",
         with_daemon_options({file,
                              {"--days", "N", "default: 7"},
                              {"--domain", "NAME", "only mail to this domain"},
                              {"--rescan", "", "look at held mail anew"},
                              json_option()}),
         simulate},
        {"policy", "apply", "put a document in force as a new revision",
         with_daemon_options({file,
                              note,
                              {"--expected", "N",
                               "only where revision N is in force; else no "
                               "matter which"},
                              json_option()}),
         apply},
        {"policy", "rollback", "put the document of an earlier revision in force",
         with_daemon_options({{"REVISION", "", "", false, true}, note, json_option()}), rollback}};
}
}
