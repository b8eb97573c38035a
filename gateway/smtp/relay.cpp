// SPDX-License-Identifier: Apache-2.0
// One mail over one route: to servers that are configured, or to those that the DNS names.
#include "gateway/smtp/delivery.hpp"
#include "gateway/smtp/destination.hpp"
#include "gateway/smtp/mx.hpp"
#include "gateway/smtp/pace.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace smtp {
namespace {
void count(Metrics::Counter& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

/// Tries once more when a kept connection turns out to be dead.
net::awaitable<Outcome> relay_to(Context& context, std::shared_ptr<const Route> route,
                                 const Outgoing& outgoing, bool all_or_nothing,
                                 Client::Deadline deadline, std::optional<Lease>& lease)
{
    Outcome outcome;
    for (int attempt = 0; attempt < 2; ++attempt) {
        lease.reset();
        auto acquired = co_await Pool::current().acquire(route, deadline);
        if (!acquired) {
            outcome.server = route->name;
            outcome.reply = acquired.error();
            co_return outcome;
        }
        lease.emplace(std::move(*acquired));
        outcome = co_await lease->client().deliver(outgoing, all_or_nothing, deadline);
        // A kept connection that died before it answered MAIL most likely took nothing.
        const bool is_stale = lease->is_used() && outcome.stage == Outcome::Stage::mail
            && (outcome.has_failed || outcome.reply.code == 421) && !outcome.is_over_time;
        if (!is_stale)
            break;
        if (std::exchange(outcome.is_in_doubt, false)) {
            count(context.metrics.in_doubt);
            spdlog::warn("{}: possible duplicate: {} closed a kept connection without a reply",
                         outgoing.mail->id.to_string(), outcome.server);
        }
    }
    lease->report(outcome.has_failed ? outcome.reply.text : "");
    if (outcome.is_reusable)
        lease->mark_reusable();
    if (!outcome.is_over_time)
        lease.reset();
    co_return outcome;
}

/// Nothing of the mail was taken, and it is no word on its recipients: another server may take it.
bool is_for_the_next_server(const Outcome& outcome)
{
    const bool is_unwell = outcome.has_failed || outcome.reply.code == 421
        || (outcome.stage == Outcome::Stage::mail && outcome.reply.is_transient());
    return is_unwell && outcome.stage != Outcome::Stage::connect && !outcome.is_in_doubt
        && !outcome.is_delivered;
}

/// The servers of lower preference than this one; nullptr: there are none.
std::shared_ptr<const Route> behind(const Route& route, std::string_view server)
{
    const auto tried = std::ranges::find_if(route.next_hops, [&](const NextHop& one) {
        return fmt::format("{}:{}", one.host, one.port) == server;
    });
    if (route.next_hops.end() - tried < 2)
        return nullptr;
    auto rest = std::make_shared<Route>(route);
    rest->next_hops.assign(tried + 1, route.next_hops.end());
    return rest;
}

/// Each server of a destination in its order, until one takes the mail or says what is to become of
/// it (RFC 5321 §5.1).
net::awaitable<Outcome> relay_to_any(Context& context, std::shared_ptr<const Route> servers,
                                     const Outgoing& outgoing, bool all_or_nothing,
                                     Client::Deadline deadline, std::optional<Lease>& lease)
{
    auto outcome = co_await relay_to(context, servers, outgoing, all_or_nothing, deadline, lease);
    while (is_for_the_next_server(outcome)) {
        servers = behind(*servers, outcome.server);
        if (!servers)
            break;
        auto next = co_await relay_to(context, servers, outgoing, all_or_nothing, deadline, lease);
        if (next.stage == Outcome::Stage::connect)
            break; // what the first said tells more
        outcome = std::move(next);
    }
    co_return outcome;
}

/// The servers of a destination; the error is an outcome of our own.
net::awaitable<std::expected<std::shared_ptr<const Route>, Outcome>>
destination_of(Context& context, std::shared_ptr<const Route> route)
{
    const auto snapshot = context.snapshot();
    DeliveryDns dns{*context.resolver};
    std::uint64_t chance = 0;
    context.env->random({reinterpret_cast<std::uint8_t*>(&chance), sizeof chance});
    auto found = co_await find_destination({dns, snapshot->settings, context.sts, chance}, route);
    if (found)
        co_return std::move(*found);
    Outcome outcome;
    outcome.server = route->name;
    outcome.reply = std::move(found.error());
    co_return std::unexpected{std::move(outcome)};
}

net::awaitable<Outcome> relay_outside(Context& context, std::shared_ptr<const Route> route,
                                      const Outgoing& outgoing, bool all_or_nothing,
                                      Client::Deadline deadline, std::optional<Lease>& lease)
{
    Outcome outcome;
    outcome.server = route->name;
    auto slot = Pace::enter(Pace::of(route->name), context.env->now());
    if (!slot) {
        outcome.is_paced = true;
        outcome.reply = {451, "4.4.5", "as much mail as its destination takes is under way"};
        co_return outcome;
    }
    auto servers = co_await destination_of(context, route);
    if (!servers)
        co_return std::move(servers.error());
    outcome = co_await relay_to_any(context, std::move(*servers), outgoing, all_or_nothing,
                                    deadline, lease);
    slot->report(signal_of(outcome), context.env->now());
    co_return outcome;
}
}

net::awaitable<Outcome> relay(Context& context, std::shared_ptr<const Route> route,
                              const Outgoing& outgoing, bool all_or_nothing,
                              Client::Deadline deadline, std::optional<Lease>& lease)
{
    if (route->is_by_mx)
        return relay_outside(context, std::move(route), outgoing, all_or_nothing, deadline, lease);
    return relay_to(context, std::move(route), outgoing, all_or_nothing, deadline, lease);
}
}
