// SPDX-License-Identifier: Apache-2.0
#include "web/api/domain_records.hpp"

#include "filters/dns_address.hpp"
#include "filters/known_dns_lists.hpp"
#include "filters/originating_client.hpp"
#include "filters/reverse_name.hpp"
#include "gateway/net/endpoint.hpp"
#include "web/api/audit.hpp"
#include "web/api/jobs.hpp"
#include "web/api/json.hpp"
#include "web/api/outbound_routes.hpp"

#include <algorithm>
#include <array>

namespace web {
namespace {
using net::DnsAnswerPtr;
using net::RecordType;

constexpr std::size_t most_addresses = 8;

/// Lists of domains. `refusal`: the answer that stands for "do not ask from there" besides
/// 127.255.255.0/24.
struct DomainList {
    std::string_view zone, name, url, refusal;
};
constexpr std::array domain_lists{
    DomainList{"dbl.spamhaus.org", "Spamhaus DBL", "https://check.spamhaus.org/", ""},
    DomainList{"multi.surbl.org", "SURBL", "https://surbl.org/surbl-analysis", "127.0.0.1"},
    DomainList{"multi.uribl.com", "URIBL", "https://admin.uribl.com/", "127.0.0.1"},
};

/// Addresses from which our mail goes out: public ones of listeners, and what our name leads to.
awaitable<std::vector<mail::Ip>> own_addresses(Site& site)
{
    std::vector<mail::Ip> found;
    const auto add = [&](const mail::Ip& ip) {
        if (found.size() < most_addresses && std::ranges::find(found, ip) == found.end())
            found.push_back(ip);
    };
    for (const auto& listener : site.listeners)
        if (const auto endpoint = net::parse_endpoint(listener.address))
            if (const mail::Ip ip{endpoint->bytes}; filters::is_public(ip))
                add(ip);
    const auto hostname = site.context->snapshot()->settings.hostname;
    for (const auto type : {RecordType::a, RecordType::aaaa}) {
        const auto answer = co_await site.context->resolver->query(hostname, type, nullptr);
        for (const auto& record : answer->records)
            if (const auto ip = filters::address_of(record))
                add(*ip);
    }
    co_return found;
}

/// One question to a list, and its words where it lists (RFC 5782 §2.1).
awaitable<Listing> ask_list(net::Resolver& resolver, std::string question, Listing listing,
                            std::string refusal)
{
    const auto answer = co_await resolver.query(question, RecordType::a, nullptr);
    if (answer->has_failed()) {
        listing.state = "unknown";
        listing.answer = answer->problem;
        co_return listing;
    }
    listing.state = "not_listed";
    for (const auto& record : answer->records) {
        const auto ip = filters::address_of(record);
        const auto text = ip ? ip->to_string() : std::string{};
        const bool refuses = text.starts_with("127.255.255.") || text == refusal;
        const bool counts = text.starts_with("127.");
        listing.state = refuses ? "refuses" : counts ? "listed" : "unknown";
        listing.answer += (listing.answer.empty() ? "" : ", ") + text;
    }
    if (listing.state != "listed")
        co_return listing;
    const auto words = co_await resolver.query(question, RecordType::txt, nullptr);
    if (words->is_found())
        listing.answer += ": " + words->records.front().data.substr(0, 300);
    co_return listing;
}

awaitable<std::vector<Listing>> ask_lists(Site& site, std::string domain)
{
    auto& resolver = *site.context->resolver;
    std::vector<Listing> found;
    for (const auto& ip : co_await own_addresses(site))
        for (const auto& list : filters::known_dns_lists()) {
            Listing listing{ip.to_string(),
                            std::string{list.zone},
                            std::string{list.name},
                            std::string{list.url},
                            {},
                            {}};
            auto question = filters::reverse_name(ip, list.zone, list.zone);
            found.push_back(
                co_await ask_list(resolver, std::move(question), std::move(listing), {}));
        }
    for (const auto& list : domain_lists) {
        Listing listing{
            domain, std::string{list.zone}, std::string{list.name}, std::string{list.url}, {}, {}};
        auto question = domain + "." + std::string{list.zone};
        found.push_back(co_await ask_list(resolver, std::move(question), std::move(listing),
                                          std::string{list.refusal}));
    }
    co_return found;
}

void write_facts(JsonWriter& json, const DomainRecords::Looked& looked)
{
    json.key("facts").begin_array();
    for (const auto& fact : looked.facts) {
        json.begin_object().member("what", fact.what).member("name", fact.name);
        json.member("state", fact.state).member("found", fact.found);
        json.member("paste", fact.paste).end_object();
    }
    json.end_array().key("lists").begin_array();
    for (const auto& one : looked.lists) {
        json.begin_object().member("subject", one.subject).member("zone", one.zone);
        json.member("name", one.name).member("url", one.url);
        json.member("state", one.state).member("answer", one.answer).end_object();
    }
    json.end_array();
}

std::string json_of(const std::string& domain)
{
    const DomainRecords::Looked none;
    const auto* found = DomainRecords::here().find(domain);
    const auto& looked = found ? *found : none;
    JsonWriter json;
    json.begin_object().member("domain", domain).member("looked", looked.at);
    json.member("lists_looked", looked.lists_at);
    json.member("busy", looked.is_busy || looked.is_busy_with_lists);
    write_facts(json, looked);
    return json.end_object().take();
}

/// Says that somebody works, until it ends, it ends.
struct Working {
    explicit Working(bool& flag) : flag_{flag} { flag_ = true; }
    ~Working() { flag_ = false; }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;

private:
    bool& flag_;
};

using Work = awaitable<void> (*)(Site&, std::string);

awaitable<void> then_tell(Site& site, std::shared_ptr<Job> job, std::string domain, Work work)
{
    co_await work(site, domain);
    job->result = json_of(domain);
}

/// The domain of the route, where it is one of the principal's.
std::optional<std::string> own_domain(Site& site, const Principal& principal,
                                      const Request& request)
{
    const auto domain = mail::Domain::parse(request.captures.front());
    if (!domain || !principal.reach.has_domain(domain->ascii())
        || !site.context->snapshot()->settings.domains.contains(domain->ascii()))
        return {};
    return domain->ascii();
}

Response no_such_domain() { return problem(404, "no such domain", "it is none of your domains"); }

awaitable<Response> begin(Site& site, Principal principal, std::string domain, Work work)
{
    const auto job
        = site.jobs ? site.jobs->begin(principal, "domain check", 0) : std::shared_ptr<Job>{};
    if (!job)
        co_return problem(503, "busy", "as many jobs as may be are running; wait for one");
    job->result = json_of(domain);
    net::Loop::current().spawn("domain check",
                               Jobs::run(job, then_tell(site, job, std::move(domain), work)));
    JsonWriter json;
    json.begin_object().member("job", job->id).member("total", 0).end_object();
    co_return json_response(json.take(), 202);
}
}

DomainRecords& DomainRecords::here()
{
    static DomainRecords records;
    return records;
}

const DomainRecords::Looked* DomainRecords::find(const std::string& domain) const
{
    const auto found = all_.find(domain);
    return found == all_.end() ? nullptr : &found->second;
}

awaitable<void> look_at_records(Site& site, std::string domain)
{
    auto& looked = DomainRecords::here().of(domain);
    const Working working{looked.is_busy};
    const auto snapshot = site.context->snapshot();
    smtp::DomainQuestion question{.domain = mail::Domain::parse(domain).value()};
    question.hostname = snapshot->settings.hostname;
    const auto* keys
        = snapshot->signers ? snapshot->signers->keys_of({.domain = question.domain}) : nullptr;
    if (keys) {
        question.keys = keys->keys;
        question.key_domain = keys->domain.ascii();
    } else {
        question.selectors = smtp::usual_selectors();
    }
    question.addresses = co_await own_addresses(site);
    smtp::PlainDns dns{*site.context->resolver};
    looked.facts = co_await smtp::check_domain(std::move(question), dns);
    looked.at = site.context->env->wall_now();
}

awaitable<void> look_at_lists(Site& site, std::string domain)
{
    auto& looked = DomainRecords::here().of(domain);
    const Working working{looked.is_busy_with_lists};
    looked.lists = co_await ask_lists(site, domain);
    looked.lists_at = site.context->env->wall_now();
}

awaitable<Response> get_domain_records(Site& site, Principal principal, Request request)
{
    const auto domain = own_domain(site, principal, request);
    co_return domain ? json_response(json_of(*domain)) : no_such_domain();
}

awaitable<Response> post_domain_records(Site& site, Principal principal, Request request)
{
    const auto domain = own_domain(site, principal, request);
    if (!domain)
        co_return no_such_domain();
    const auto& looked = DomainRecords::here().of(*domain);
    const auto age = site.context->env->wall_now() - looked.at;
    const bool is_fresh = age >= age.zero() && age < DomainRecords::record_pause;
    if (looked.is_busy || is_fresh)
        co_return json_response(json_of(*domain));
    co_return co_await begin(site, std::move(principal), *domain, look_at_records);
}

awaitable<Response> post_domain_lists(Site& site, Principal principal, Request request)
{
    const auto domain = own_domain(site, principal, request);
    if (!domain)
        co_return no_such_domain();
    const auto& looked = DomainRecords::here().of(*domain);
    const auto age = site.context->env->wall_now() - looked.lists_at;
    const bool is_fresh = age >= age.zero() && age < DomainRecords::list_pause;
    if (looked.is_busy_with_lists || is_fresh)
        co_return json_response(json_of(*domain));
    co_await audit(site, principal, "ask public lists", *domain);
    co_return co_await begin(site, std::move(principal), *domain, look_at_lists);
}
}
