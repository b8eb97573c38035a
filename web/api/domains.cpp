// SPDX-License-Identifier: Apache-2.0
// The domains that mail is taken for, and how their internal servers are.
#include "gateway/smtp/next_hops.hpp"
#include "gateway/smtp/verification.hpp"
#include "storage/statistics.hpp"
#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/moments.hpp"
#include "web/api/next_hop_test.hpp"
#include "web/api/site_routes.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace web {
namespace {
using storage::Tally;

std::string_view text_of(smtp::TlsUse use)
{
    constexpr std::array<std::string_view, 4> names{"none", "opportunistic", "required",
                                                    "verified"};
    return names[static_cast<std::size_t>(use)];
}

std::string_view text_of(smtp::RecipientSource::Kind kind)
{
    constexpr std::array<std::string_view, 4> names{"any", "callout", "file", "ldap"};
    return names[static_cast<std::size_t>(kind)];
}

std::string server_name(const smtp::NextHop& hop)
{
    return hop.host + ":" + std::to_string(hop.port);
}

void write_next_hops(JsonWriter& json, const smtp::Route* route,
                     const std::vector<smtp::NextHopStatus>& known)
{
    json.key("next_hops").begin_array();
    for (const auto& hop : route ? route->next_hops : std::vector<smtp::NextHop>{}) {
        const auto server = server_name(hop);
        const auto found = std::ranges::find(known, server, &smtp::NextHopStatus::server);
        const auto status = found == known.end() ? smtp::NextHopStatus{} : *found;
        json.begin_object().member("server", server).member("down", status.is_down);
        json.member("used", found != known.end()).member("problem", status.problem);
        json.member("connections", status.connections).member("since", status.since).end_object();
    }
    json.end_array();
}

void write_policy(JsonWriter& json, const filters::Policy& policy)
{
    json.member("mode", policy.mode == filters::Mode::observe ? "observe" : "enforce");
    json.member("block_action", mail::to_string(policy.block_action));
    json.key("thresholds").begin_object();
    for (const auto& [name, value] :
         {std::pair{"tag", policy.tag}, std::pair{"quarantine", policy.quarantine},
          std::pair{"block", policy.block}}) {
        json.key(name);
        value ? json.real(*value) : json.null();
    }
    json.end_object();
}

std::string recipients_problem(const Site& site, const smtp::RecipientSource& source)
{
    if (source.kind == smtp::RecipientSource::Kind::ldap)
        return site.context->directories->problem(source.ldap->directory);
    return source.kind == smtp::RecipientSource::Kind::file ? smtp::why_unreadable(source.file)
                                                            : std::string{};
}

/// What the pages list of a domain.
struct DomainFacts {
    const smtp::DomainSettings* domain = nullptr;
    std::string recipients_problem;
    std::map<std::string, std::uint64_t> today; ///< recipients by action
};

void write_domain(JsonWriter& json, const DomainFacts& facts, const smtp::Snapshot& snapshot,
                  const std::vector<smtp::NextHopStatus>& known)
{
    const auto& domain = *facts.domain;
    json.begin_object().member("name", domain.name.ascii());
    write_next_hops(json, domain.route.get(), known);
    if (domain.route) {
        json.member("tls", text_of(domain.route->tls));
        json.member("protocol", domain.route->protocol == smtp::Protocol::lmtp ? "lmtp" : "smtp");
    }
    json.member("recipients", text_of(domain.recipients.kind));
    json.member("recipients_problem", facts.recipients_problem);
    json.member("alias_of", domain.alias_of ? domain.alias_of->ascii() : "");
    write_policy(json, snapshot.policy.of(domain.name));
    json.key("today").begin_object();
    for (const auto& [action, number] : facts.today)
        json.member(action, number);
    json.end_object().end_object();
}

/// Today's counts: domain by domain where those are few, else all of them by one question, which
/// reads those of other people's domains as well.
awaitable<void> count_today(Site& site, std::vector<DomainFacts>& all)
{
    constexpr std::size_t few = 50, most = 200'000;
    const auto now = site.context->env->wall_now();
    std::map<std::string_view, DomainFacts*, std::less<>> by_name;
    std::vector<std::string> prefixes;
    for (auto& one : all) {
        by_name.emplace(one.domain->name.ascii(), &one);
        if (all.size() <= few)
            prefixes.push_back(one.domain->name.ascii() + " ");
    }
    if (prefixes.empty())
        prefixes.emplace_back();
    for (auto& prefix : prefixes) {
        storage::CountQuery query{{Tally::domain_action}, midnight(now), now, {},
                                  std::move(prefix),      most};
        for (const auto& count : co_await site.statistics->counts(std::move(query))) {
            const auto end = std::min(count.name.find(' '), count.name.size());
            const auto found = by_name.find(std::string_view{count.name}.substr(0, end));
            if (found != by_name.end() && end < count.name.size())
                found->second->today[count.name.substr(end + 1)] += count.number;
        }
    }
}

/// The servers that a domain's mail goes to; an alias's are those of the domain in its place.
const smtp::Route* route_of(const smtp::Settings& settings, const smtp::DomainSettings& domain)
{
    if (domain.route || !domain.alias_of)
        return domain.route.get();
    const auto real = settings.domains.find(domain.alias_of->ascii());
    return real == settings.domains.end() ? nullptr : real->second.route.get();
}
}

awaitable<Response> get_domains(Site& site, Principal principal, Request)
{
    const auto snapshot = site.context->snapshot();
    std::vector<DomainFacts> all;
    for (const auto& [name, domain] : snapshot->settings.domains)
        if (principal.reach.has_domain(name))
            all.push_back({&domain, {}, {}});
    co_await count_today(site, all);
    co_await site.context->pool->run([&] {
        for (auto& one : all)
            one.recipients_problem = recipients_problem(site, one.domain->recipients);
    });
    const auto known = smtp::next_hop_status();
    JsonWriter json;
    json.begin_object().key("domains").begin_array();
    for (const auto& one : all)
        write_domain(json, one, *snapshot, known);
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_domain_test(Site& site, Principal principal, Request request)
{
    const auto snapshot = site.context->snapshot();
    const auto& name = request.captures.front();
    const auto found = snapshot->settings.domains.find(name);
    if (found == snapshot->settings.domains.end() || !principal.reach.has_domain(name))
        co_return problem(404, "no such domain", "\"" + name + "\" is none of your domains");
    const auto* route = route_of(snapshot->settings, found->second);
    if (!route || route->protocol == smtp::Protocol::lmtp)
        co_return problem(409, "no test", "only SMTP servers can be tested");
    co_await audit(site, std::move(principal), "test domain", name);
    bool is_ok = true;
    JsonWriter json;
    json.begin_array();
    for (const auto& hop : route->next_hops) {
        const auto report = co_await test_next_hop(*site.context, hop, found->second.name);
        is_ok = is_ok && report.takes_mail;
        json.begin_object().member("server", server_name(hop)).member("ok", report.takes_mail);
        json.key("report");
        write_report(json, report);
        json.end_object();
    }
    json.end_array();
    JsonWriter whole;
    whole.begin_object().member("ok", is_ok).key("servers").raw(json.take()).end_object();
    co_return json_response(whole.take());
}
}
