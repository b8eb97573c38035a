// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/auth_seal.hpp"
#include "filters/auth/arc_seal.hpp"
#include "filters/auth/mail_dns.hpp"
#include "filters/auth/tag_list.hpp"
#include "gateway/commands/dns_options.hpp"
#include "gateway/commands/key_file.hpp"
#include "gateway/commands/offline.hpp"
#include "gateway/commands/one_message.hpp"

#include <cstdio>

namespace app::commands {
namespace {
namespace auth = filters::auth;

struct Sealed {
    auth::ArcOutcome state = auth::ArcOutcome::none;
    std::optional<std::string> fields;
};

net::awaitable<void> seal_into(const mail::Mail& mail, net::Resolver& resolver,
                               net::WorkerPool& pool, auth::PrivateKey key,
                               auth::ArcSealing sealing, Sealed& sealed)
{
    auth::MailDns dns{&resolver, mail};
    auto state = co_await auth::validate_arc(mail.message, dns, &pool);
    sealed.state = state.outcome;
    sealed.fields = co_await auth::seal_arc(mail.message, std::move(state), std::move(key),
                                            std::move(sealing), &pool);
}

std::optional<auth::ArcSealing> sealing_or_complain(const Arguments& arguments)
{
    auth::ArcSealing sealing{.authserv_id = arguments.text("--authserv-id"),
                             .domain = arguments.text("--domain"),
                             .selector = arguments.text("--selector"),
                             .time = std::chrono::system_clock::now()};
    if (const auto names = arguments.text("--headers"); !names.empty()) {
        sealing.fields.clear();
        for (const auto name : auth::split(names, ':'))
            sealing.fields.emplace_back(name);
    }
    if (arguments.has("--time")) {
        const auto seconds = auth::parse_decimal(arguments.text("--time"));
        if (!seconds || *seconds > 9'000'000'000) {
            std::fputs("mailweir: --time wants seconds since 1970\n", stderr);
            return {};
        }
        sealing.time = std::chrono::system_clock::time_point{std::chrono::seconds{*seconds}};
    }
    for (const auto& name : {sealing.authserv_id, sealing.domain, sealing.selector})
        if (!mail::Domain::parse(name)) {
            std::fprintf(stderr, "mailweir: \"%s\" is no name of the DNS\n", name.c_str());
            return {};
        }
    return sealing;
}
}

Exit seal(const Arguments& arguments)
{
    const auto settings = dns_settings_or_complain(arguments);
    auto sealing = sealing_or_complain(arguments);
    if (!settings || !sealing)
        return Exit::usage;
    const auto key = key_or_complain(arguments.text("--key"));
    auto message = message_or_complain(arguments.text("MESSAGE"));
    if (!key || !message)
        return Exit::failed;
    mail::Mail mail;
    mail.message = std::move(*message);
    net::WorkerPool pool{2};
    net::Resolver resolver{pool, *settings};
    Sealed sealed;
    run_to_end("seal", seal_into(mail, resolver, pool, *key, std::move(*sealing), sealed));
    if (sealed.fields)
        std::fputs(sealed.fields->c_str(), stdout);
    if (sealed.state == auth::ArcOutcome::temperror) {
        std::fputs("mailweir: the keys of the chain could not be looked up\n", stderr);
        return Exit::failed;
    }
    return Exit::ok;
}

std::vector<Option> seal_options()
{
    std::vector<Option> options{
        {"--authserv-id", "ID", "whose Authentication-Results go into the seal", false, true},
        {"--domain", "DOMAIN", "who seals", false, true},
        {"--selector", "NAME", "the name of the key in the domain's DNS", false, true},
        {"--key", "FILE", "the private key (PEM)", false, true},
        {"--headers", "NAMES", "fields to sign, separated by colons"},
        {"--time", "SECONDS", "since 1970, in place of now"}};
    for (auto& option : dns_options())
        options.push_back(option);
    options.push_back({"MESSAGE", "", "a message file, or - for stdin", false, true});
    return options;
}
}
