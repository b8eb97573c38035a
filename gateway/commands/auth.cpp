// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/mail_dns.hpp"
#include "gateway/commands/auth_seal.hpp"
#include "gateway/commands/authentication.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/commands/dns_options.hpp"
#include "gateway/commands/message_files.hpp"
#include "gateway/commands/offline.hpp"

#include <cstdio>

namespace app::commands {
namespace {
net::awaitable<void> authenticate_into(filters::auth::SpfQuestion question, const mail::Mail& mail,
                                       net::Resolver& resolver, net::WorkerPool& pool,
                                       Authentication& found)
{
    filters::auth::MailDns dns{&resolver, mail};
    found = co_await authenticate(std::move(question), mail.message, dns, pool);
}

/// What the gateway would find out about a message that this client hands over.
Exit check(const Arguments& arguments)
{
    const auto client = arguments.text("--client");
    const auto ip = mail::Ip::parse(client);
    if (!ip) {
        std::fprintf(stderr, "mailweir: --client %s: wants an IP address\n", client.c_str());
        return Exit::usage;
    }
    const auto settings = dns_settings_or_complain(arguments);
    if (!settings)
        return Exit::usage;
    const auto path = arguments.text("MESSAGE");
    auto files = MessageFiles::find({path});
    const auto raw = files ? files->next() : std::nullopt;
    if (!raw || !raw->problem.empty()) {
        std::fprintf(stderr, "mailweir: %s: cannot be read\n", path.c_str());
        return Exit::not_found;
    }
    mail::Mail mail;
    mail.message = mail::Message::from_text(with_crlf(raw->text));
    auto sender = arguments.text("--from");
    auto question = filters::auth::spf_question(*ip, arguments.text("--helo"),
                                                sender == "<>" ? std::string{} : sender);
    question.wants_explanation = true;
    question.receiver = arguments.text("--authserv-id", "unknown");
    question.now = std::chrono::system_clock::now();

    net::WorkerPool pool{2};
    net::Resolver resolver{pool, *settings};
    Authentication found;
    run_to_end("auth", authenticate_into(std::move(question), mail, resolver, pool, found));
    // RFC 7208 §6.2: a domain that explains nothing leaves it to whoever asked.
    if (found.spf.result == filters::auth::SpfResult::fail && found.spf.explanation.empty())
        found.spf.explanation = "DEFAULT";
    web::JsonWriter out;
    write_authentication(out, found);
    std::puts(out.str().c_str());
    return Exit::ok;
}
}

std::vector<Command> auth_commands()
{
    std::vector<Option> options{
        {"--client", "IP", "who handed the message over", false, true},
        {"--helo", "NAME", "what it said in HELO"},
        {"--from", "ADDR", "envelope sender; empty or <> for none"},
        {"--authserv-id", "ID", "our name where a standard wants to know it"}};
    for (auto& option : dns_options())
        options.push_back(option);
    options.push_back({"MESSAGE", "", "a message file, or - for stdin", false, true});
    return {{"auth", "check", "SPF, DKIM, ARC and DMARC of a message, as one line of JSON", options,
             check},
            {"auth", "seal", "the ARC fields to put before a message", seal_options(), seal}};
}
}
