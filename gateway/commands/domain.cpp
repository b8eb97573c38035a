// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/organizational_domain.hpp"
#include "filters/originating_client.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/commands/dns_options.hpp"
#include "gateway/commands/offline.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "gateway/config_signing.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/worker_pool.hpp"
#include "gateway/smtp/domain_check.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <cstdio>

namespace app::commands {
namespace {
/// As many labels of `name` from the right as `domain` has: what was given in its own script comes
/// back in it.
std::string in_script_of(std::string_view name, const mail::Domain& domain)
{
    if (mail::is_ascii(name))
        return domain.ascii();
    auto labels = std::ranges::count(domain.ascii(), '.') + 1;
    if (name.ends_with('.'))
        name.remove_suffix(1);
    auto start = name.size();
    while (labels-- > 0 && start != name.npos)
        start = start == 0 ? name.npos : name.rfind('.', start - 1);
    return printable(start == name.npos ? name : name.substr(start + 1));
}

std::string organizational(std::string_view name)
{
    const auto domain = mail::Domain::parse(name);
    const auto found = domain ? filters::auth::organizational_domain(*domain) : std::nullopt;
    return found ? in_script_of(name, *found) : "null";
}

Exit print_organizational(const Arguments& arguments)
{
    for (const auto& name : arguments.texts("NAME"))
        std::puts(organizational(name).c_str());
    return Exit::ok;
}

boost::json::array rows_of(const std::vector<smtp::DomainFact>& facts)
{
    boost::json::array rows;
    for (const auto& fact : facts)
        rows.push_back(boost::json::object{{"what", fact.what},
                                           {"name", fact.name},
                                           {"state", fact.state},
                                           {"found", fact.found},
                                           {"paste", fact.paste}});
    return rows;
}

net::awaitable<void> check_into(smtp::DomainQuestion question, net::Resolver& resolver,
                                std::vector<smtp::DomainFact>& facts)
{
    smtp::PlainDns dns{resolver};
    facts = co_await smtp::check_domain(std::move(question), dns);
}

/// What the configuration knows: keys, our name, and addresses that listeners are bound to.
void add_configured(const Configuration& configuration, smtp::DomainQuestion& question)
{
    filters::Complaints complaints, warnings;
    const auto signers = read_signers(configuration.tree, complaints, warnings);
    std::fputs(warnings_text(complaints).c_str(), stderr);
    question.hostname = configuration.smtp.hostname;
    if (const auto* keys = signers ? signers->keys_of({.domain = question.domain}) : nullptr) {
        question.keys = keys->keys;
        question.key_domain = keys->domain.ascii();
    }
    for (const auto& listener : configuration.smtp.listeners)
        if (const auto endpoint = net::parse_endpoint(listener.address))
            if (const mail::Ip ip{endpoint->bytes}; filters::is_public(ip))
                question.addresses.push_back(ip);
}

/// The question of the command line over the configuration's; nothing where one of them is wrong.
std::optional<smtp::DomainQuestion> question_or_complain(const Arguments& arguments)
{
    const auto name = arguments.text("NAME");
    auto domain = mail::Domain::parse(name);
    if (!domain || domain->is_literal()) {
        std::fprintf(stderr, "mailweir: %s: wants a domain\n", printable(name).c_str());
        return {};
    }
    smtp::DomainQuestion question{.domain = std::move(*domain)};
    if (const auto source = source_of(arguments); source.file) {
        const auto configuration = load_or_complain(source);
        if (!configuration && arguments.has("--config"))
            return {};
        if (configuration)
            add_configured(*configuration, question);
    }
    if (arguments.has("--address"))
        question.addresses.clear();
    for (const auto& text : arguments.texts("--address")) {
        const auto ip = mail::Ip::parse(text);
        if (!ip) {
            std::fprintf(stderr, "mailweir: --address %s: wants an IP address\n",
                         printable(text).c_str());
            return {};
        }
        question.addresses.push_back(*ip);
    }
    question.hostname = arguments.text("--helo", std::move(question.hostname));
    question.selectors = arguments.texts("--selector");
    if (question.selectors.empty() && question.keys.empty())
        question.selectors = smtp::usual_selectors();
    return question;
}

Exit check(const Arguments& arguments)
{
    auto question = question_or_complain(arguments);
    auto settings = dns_settings_or_complain(arguments);
    if (!settings || !question)
        return Exit::usage;
    net::WorkerPool pool{1};
    net::Resolver resolver{pool, std::move(*settings)};
    std::vector<smtp::DomainFact> facts;
    run_to_end("domain", check_into(std::move(*question), resolver, facts));
    print_rows(output_of(arguments),
               {{"WHAT", "what"},
                {"NAME", "name"},
                {"STATE", "state"},
                {"FOUND", "found", 80},
                {"TO PUBLISH", "paste", 200}},
               rows_of(facts));
    const bool is_well = std::ranges::none_of(facts, [](const smtp::DomainFact& fact) {
        return fact.state == "missing" || fact.state == "wrong" || fact.state == "unknown";
    });
    return is_well ? Exit::ok : Exit::failed;
}
}

std::vector<Command> domain_commands()
{
    std::vector<Option> options{
        {"NAME", "", "the domain", false, true},
        {"--selector", "S",
         "where its DKIM key stands (default: those of the configuration, or usual names)", true},
        {"--address", "IP", "from which its mail goes out (default: public ones of listeners)",
         true},
        {"--helo", "NAME", "that is said there (default: the configured hostname)"},
        config_option()};
    for (auto& option : dns_options())
        options.push_back(option);
    options.push_back(json_option());
    return {{"domain", "check",
             "MX, PTR, SPF, DKIM, DMARC, MTA-STS and senders of a domain; exits 1 if one is amiss",
             options, check},
            {"domain",
             "organizational",
             "the registered domain of each name by the public suffix list, or null",
             {{"NAME", "", "such as www.example.co.jp", true, true}},
             print_organizational}};
}
}
