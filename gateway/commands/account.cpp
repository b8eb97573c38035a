// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"

#include <cstdio>

namespace app::commands {
namespace {
Exit list(const Arguments& arguments)
{
    const auto path = "/api/v1/accounts?"
        + query_text({{"all", arguments.has("--all") ? "true" : ""},
                      {"gone", arguments.has("--gone") ? "true" : ""},
                      {"quiet", arguments.text("--silent")},
                      {"limit", "1000"}});
    const auto answer = Daemon{arguments}.ask("GET", path);
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    print_table({{"ACCOUNT", "account"},
                 {"BRAKE", "brake"},
                 {"WHY", "why"},
                 {"SINCE", "since"},
                 {"UNTIL", "until"},
                 {"LAST", "last"},
                 {"GONE", "gone"},
                 {"BOUNCES", "bounces"},
                 {"AGAIN", "written_again"}},
                web::array_member(answer->document, "accounts"));
    return Exit::ok;
}

Exit act(const Arguments& arguments, std::string_view action)
{
    const auto path = "/api/v1/accounts/" + std::string{action} + "?"
        + query_text({{"account", arguments.text("ACCOUNT")}, {"for", arguments.text("--for")}});
    const auto answer = Daemon{arguments}.ask("POST", path);
    if (!answer)
        return answer.error();
    std::printf("%s: done\n", std::string{action}.c_str());
    return Exit::ok;
}
Exit release(const Arguments& arguments) { return act(arguments, "release"); }
Exit lock(const Arguments& arguments) { return act(arguments, "lock"); }
Exit exempt(const Arguments& arguments) { return act(arguments, "exempt"); }

Exit forwarding(const Arguments& arguments)
{
    const auto is_csv = arguments.has("--csv");
    const auto answer = Daemon{arguments}.ask(
        "GET", is_csv ? "/api/v1/forwarding/export" : "/api/v1/forwarding?limit=1000");
    if (!answer)
        return answer.error();
    if (is_csv || output_of(arguments) != Output::table) {
        std::fputs(answer->body.c_str(), stdout);
        return Exit::ok;
    }
    print_table(
        {{"FROM", "from"}, {"TO", "to"}, {"MAILS", "mails"}, {"SPAM", "spam"}, {"LAST", "last"}},
        web::array_member(answer->document, "forwarding"));
    return Exit::ok;
}

Exit dead(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/dead-addresses?limit=1000");
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    print_table({{"ADDRESS", "address"},
                 {"REFUSALS", "refusals"},
                 {"LAST", "last"},
                 {"SENDER", "sender"},
                 {"TEXT", "text"}},
                web::array_member(answer->document, "addresses"));
    return Exit::ok;
}

Exit pairs(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask(
        "GET",
        "/api/v1/sender-pairs?"
            + query_text(
                {{"approved", arguments.has("--approved") ? "true" : ""}, {"limit", "1000"}}));
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    print_table(
        {{"ACCOUNT", "account"}, {"ADDRESS", "address"}, {"MAILS", "mails"}, {"LAST", "last"}},
        web::array_member(answer->document, "pairs"));
    return Exit::ok;
}

std::string pair_query(const Arguments& arguments)
{
    return query_text(
        {{"account", arguments.text("ACCOUNT")}, {"address", arguments.text("ADDRESS")}});
}

Exit approve(const Arguments& arguments)
{
    const auto answer
        = Daemon{arguments}.ask("POST", "/api/v1/sender-pairs/approve?" + pair_query(arguments));
    if (!answer)
        return answer.error();
    std::puts("it may send under this address");
    return Exit::ok;
}

Exit disapprove(const Arguments& arguments)
{
    const auto answer
        = Daemon{arguments}.ask("DELETE", "/api/v1/sender-pairs?" + pair_query(arguments));
    if (!answer)
        return answer.error();
    const bool is_done = answer->body.find("true") != std::string::npos;
    std::puts(is_done ? "it may not any more" : "there was no such pair");
    return is_done ? Exit::ok : Exit::not_found;
}

Exit lists(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/list-findings?limit=1000");
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    print_table({{"LIST", "list"},
                 {"MEMBER", "member"},
                 {"WHAT", "what"},
                 {"SOURCE", "source"},
                 {"WHY", "why"}},
                web::array_member(answer->document, "findings"));
    return Exit::ok;
}

Exit revive(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask(
        "DELETE", "/api/v1/dead-addresses?" + query_text({{"address", arguments.text("ADDRESS")}}));
    if (!answer)
        return answer.error();
    const bool is_done = answer->body.find("true") != std::string::npos;
    std::puts(is_done ? "mail goes there again" : "nothing was known of it");
    return is_done ? Exit::ok : Exit::not_found;
}
}

std::vector<Command> account_commands()
{
    const Option account{"ACCOUNT", "", "by sign-in, or an address where nobody signs in", false,
                         true};
    const Option address{"ADDRESS", "", "the address", false, true};
    const Option time{"--for", "TIME", "how long, such as '2 h'; a day if nothing is said"};
    return {
        {"account", "list", "those that are braked or exempt",
         with_daemon_options({{"--all", "", "all that sent"},
                              {"--gone", "",
                               "those that the recipient check or the directory "
                               "does not know any more"},
                              {"--silent", "TIME", "those that sent nothing for so long"},
                              json_option()}),
         list},
        {"account", "release", "let one go; what it did is usual from now on",
         with_daemon_options({account}), release},
        {"account", "lock", "let nothing out of one", with_daemon_options({account, time}), lock},
        {"account", "exempt", "keep the brake off one", with_daemon_options({account, time}),
         exempt},
        {"account", "dead", "addresses outside that refuse all our mail",
         with_daemon_options({json_option()}), dead},
        {"account", "pairs", "accounts and addresses under which they send, to be approved",
         with_daemon_options({{"--approved", "", "those that were approved"}, json_option()}),
         pairs},
        {"account", "approve", "an account may send under an address of ours",
         with_daemon_options({account, address}), approve},
        {"account", "disapprove", "it may not any more", with_daemon_options({account, address}),
         disapprove},
        {"account", "lists", "lists and aliases with members that are dead, outside or missing",
         with_daemon_options({json_option()}), lists},
        {"account", "revive", "mail goes to such an address again",
         with_daemon_options({{"ADDRESS", "", "the address", false, true}}), revive},
        {"account", "forwarding", "addresses whose mail goes on to others outside",
         with_daemon_options({{"--csv", "", "as CSV"}, json_option()}), forwarding},
    };
}
}
