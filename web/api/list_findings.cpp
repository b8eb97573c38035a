// SPDX-License-Identifier: Apache-2.0
#include "filters/gone_addresses.hpp"
#include "filters/list_hygiene.hpp"
#include "web/api/json.hpp"
#include "web/api/outbound_routes.hpp"
#include "web/api/site.hpp"

#include <algorithm>
#include <limits>

namespace web {
namespace {
using filters::ListFinding;

/// What is known beside the files, of lists that this principal may see. Blocks.
filters::ListFacts facts_of(const filters::Services& services, const storage::Reach& reach,
                            std::chrono::sys_seconds now)
{
    const auto is_wanted
        = [&](const std::string& list) { return reach.is_everything() || reach.has_address(list); };
    constexpr auto all = std::numeric_limits<std::size_t>::max();
    filters::ListFacts facts;
    facts.is_own = [&services](const std::string& key) {
        const auto address = mail::Mailbox::parse(key);
        return address && services.is_own_domain && services.is_own_domain(address->domain());
    };
    facts.is_missing = [&services, gone = filters::GoneAddresses::here()](const std::string& key) {
        if (gone->all.contains(key))
            return true;
        const auto address = mail::Mailbox::parse(key);
        const auto known
            = address && services.recipients ? services.recipients->known(*address) : std::nullopt;
        return known && known->answer == filters::RecipientVerifier::Answer::unknown;
    };
    facts.dead = filters::DeadAddresses::here().list(is_wanted, "", all, now);
    facts.forwards = filters::ForwardingList::here().list(is_wanted, {}, all);
    facts.uses = filters::ListUses::here().all();
    std::erase_if(facts.uses, [&](const auto& one) { return !is_wanted(one.list); });
    facts.now = now;
    return facts;
}

/// "LIST MEMBER WHAT", as `next` gives it.
std::string place_of(const ListFinding& one)
{
    return one.list + ' ' + one.member + ' ' + std::string{one.what};
}

void write(JsonWriter& json, const ListFinding& one)
{
    json.begin_object().member("list", one.list).member("member", one.member);
    json.member("what", one.what).member("why", one.why);
    json.member("source", one.is_inferred ? std::string{"inferred"} : one.source);
    json.member("is_inferred", one.is_inferred).end_object();
}

struct Found {
    std::vector<ListFinding> findings;
    std::size_t lists = 0;
};
}

namespace {
awaitable<Found> look(Site& site, storage::Reach whose)
{
    const auto now = std::chrono::floor<std::chrono::seconds>(site.context->env->wall_now());
    co_return co_await site.context->pool->run(
        [&services = *site.context->services, now, reach = std::move(whose)] {
            const auto rosters = filters::Rosters::here();
            Found all{.findings = filters::careless_lists(*rosters, facts_of(services, reach, now)),
                      .lists = rosters->lists.size()};
            if (!reach.is_everything())
                std::erase_if(all.findings,
                              [&](const auto& one) { return !reach.has_address(one.list); });
            return all;
        });
}
}

awaitable<std::map<std::string, std::uint64_t>> careless_lists_of(Site& site, storage::Reach reach)
{
    const auto found = co_await look(site, std::move(reach));
    std::map<std::string, std::uint64_t> by;
    for (const auto& one : found.findings)
        ++by[one.list];
    co_return by;
}

awaitable<Response> get_list_findings(Site& site, Principal principal, Request request)
{
    const auto found = co_await look(site, principal.reach);
    const auto limit = request.limit();
    const auto after = request.text("after");
    auto at = found.findings.begin();
    if (!after.empty())
        at = std::ranges::find(found.findings, after, place_of);
    if (!after.empty() && at != found.findings.end())
        ++at;
    JsonWriter json;
    json.begin_object().key("findings").begin_array();
    std::size_t written = 0;
    for (; at != found.findings.end() && written < limit; ++at, ++written)
        write(json, *at);
    json.end_array().key("next");
    at == found.findings.end() ? json.null() : json.text(place_of(*std::prev(at)));
    json.member("lists", found.lists).end_object();
    co_return json_response(json.take());
}
}
