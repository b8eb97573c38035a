// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/pool.hpp"

#include "gateway/smtp/destination.hpp"
#include "gateway/smtp/mx.hpp"
#include "gateway/smtp/outside_way.hpp"
#include "gateway/smtp/reputation_refusal.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace smtp {
namespace {
using namespace std::chrono_literals;
constexpr auto kept_idle = 30s;
constexpr auto wait_step = 20ms; // another loop may have closed a connection meanwhile
constexpr auto hungry_after = 200ms; // then other loops give way
constexpr auto yield_step = 100ms; // for the fraction of a connection: loops take turns slowly
constexpr auto sweep_step = 1s;
thread_local Pool* pool_of_thread = nullptr;

constexpr std::size_t outside_kept = 512;

mail::Reply unavailable(std::string why) { return {451, "4.4.1", std::move(why)}; }

/// What would have failed if the domain's MTA-STS policy were enforced.
void tell_test(const Client& client, const std::string& domain)
{
    const std::string problem
        = client.is_tls() ? client.tls_problem() : std::string{"it takes no TLS"};
    if (!problem.empty())
        spdlog::info("MTA-STS of {} is in testing: {} would fail: {}", domain, client.server(),
                     problem);
}
}

Lease::Lease(Pool& pool, PooledServer& server, Demand demand, std::unique_ptr<Client> client,
             bool is_used)
    : pool_{&pool}, server_{&server}, demand_{std::move(demand)}, client_{std::move(client)},
      is_used_{is_used}
{ }

Lease::Lease(Lease&& other) noexcept = default;

Lease::~Lease()
{
    if (!client_)
        return;
    if (!is_reusable_) {
        demand_->share().leave();
        return;
    }
    demand_.reset(); // served: others are who want it now
    pool_->give_back(*server_, std::move(client_));
}

void Lease::report(const std::string& problem)
{
    const auto& env = pool_->context_.env;
    auto& hop = demand_->share().hop;
    if (problem.empty())
        hop.succeeded();
    else
        hop.failed(problem, env->now(), env->wall_now());
}

Pool::Pool(net::Loop& loop, Context& context) : loop_{loop}, context_{context} { }

Pool::~Pool()
{
    close_idle();
    if (pool_of_thread == this)
        pool_of_thread = nullptr;
}

Pool& Pool::current() { return *pool_of_thread; }
void Pool::bind() { pool_of_thread = this; }

void Pool::close_idle()
{
    for (auto& [key, server] : servers_) {
        for (std::size_t i = 0; i < server.idle.size(); ++i)
            server.share->leave();
        server.idle.clear();
    }
}

PooledServer& Pool::server(const Route& route, std::size_t index)
{
    const auto& hop = route.next_hops[index];
    const bool is_outside = hop.outside != nullptr;
    const auto name = fmt::format("{}:{}", hop.host, hop.port);
    // Strangers choose the names outside: what is told apart by a hash they could make one.
    const auto key
        = is_outside ? route.name + " " + name : fmt::format("{:x}", route.identity() + index);
    if (is_outside && servers_.size() > outside_kept && !servers_.contains(key))
        forget_outside();
    PooledServer& server = servers_[key];
    if (!server.share) {
        server.name = name;
        server.is_outside = is_outside;
        server.share = is_outside ? std::make_shared<LoopShare>(NextHopState::of_outside(name))
                                  : std::make_shared<LoopShare>(NextHopState::of(name));
    }
    server.limit = route.connections;
    return server;
}

/// What nobody uses or waits for; a lease and a waiter hold the share.
void Pool::forget_outside()
{
    std::erase_if(servers_, [](const auto& one) {
        const PooledServer& server = one.second;
        return server.is_outside && server.idle.empty() && server.waiting.empty()
            && server.share.use_count() == 1;
    });
}

bool Pool::Approach::is_met_by(const Client& client) const
{
    if (route->tls == TlsUse::verified)
        return client.proof() == proof;
    return route->tls != TlsUse::required || client.is_tls();
}

net::awaitable<std::unique_ptr<Client>> Pool::take_idle(std::shared_ptr<const Route> route,
                                                        NextHop next_hop, PooledServer& server)
{
    while (!server.idle.empty()) {
        auto client = std::move(server.idle.back().client);
        server.idle.pop_back();
        if (client->is_quiet() && co_await meets(route, next_hop, *client))
            co_return client;
        server.share->leave();
    }
    co_return nullptr;
}

/// A connection that was kept may have been made before its domain asked for more.
net::awaitable<bool> Pool::meets(std::shared_ptr<const Route> route, NextHop next_hop,
                                 const Client& client)
{
    if (!next_hop.outside)
        co_return true; // it is kept under its route
    const auto how = co_await approach(std::move(route), std::move(next_hop), client.server());
    co_return how && how->is_met_by(client);
}

/// This loop has more than its share while others wait.
bool Pool::must_give_way(PooledServer& server)
{
    const auto excess = server.share->excess(server.limit);
    if (excess != LoopShare::Excess::part)
        return excess == LoopShare::Excess::whole;
    const auto now = context_.env->now();
    const bool is_due = now - server.yielded_at >= yield_step;
    if (is_due)
        server.yielded_at = now;
    return is_due;
}

void Pool::give_back(PooledServer& server, std::unique_ptr<Client> client)
{
    if (must_give_way(server)) {
        server.share->leave();
        return;
    }
    while (!server.waiting.empty()) {
        if (!client->is_quiet()) {
            server.share->leave(); // it closed, or says what nobody asked: a waiter makes a new one
            return;
        }
        const auto waiter = std::move(server.waiting.front());
        server.waiting.pop_front();
        if (waiter->client)
            continue; // another server was faster
        waiter->client = std::move(client);
        waiter->from = &server;
        waiter->event.set();
        return;
    }
    server.idle.push_back({std::move(client), context_.env->now() + kept_idle});
    if (!is_sweeping_) {
        is_sweeping_ = true;
        loop_.spawn("next-hop pool", sweep());
    }
}

net::awaitable<void> Pool::sweep()
{
    for (std::size_t left = 1; left > 0 && !context_.is_draining;) {
        co_await net::sleep(sweep_step);
        left = 0;
        for (auto& [key, server] : servers_) {
            while (!server.idle.empty()
                   && (server.idle.front().until <= context_.env->now()
                       || server.share->excess(server.limit) != LoopShare::Excess::none)) {
                server.idle.pop_front(); // the oldest: they are taken from the other end
                server.share->leave();
            }
            left += server.idle.size();
        }
    }
    is_sweeping_ = false;
}

/// Waits until a connection of this loop comes back, or until there is room for a new one.
net::awaitable<Pool::Turn> Pool::wait_for_turn(std::vector<Full>& full, Deadline deadline)
{
    auto waiter = std::make_shared<PooledServer::Waiter>();
    for (const auto& one : full)
        one.server->waiting.push_back(waiter);
    Turn turn{full.size(), nullptr};
    const auto begun = context_.env->now();
    while (turn.index == full.size() && context_.env->now() < deadline) {
        co_await waiter->event.wait_for(wait_step);
        if (context_.env->now() - begun >= hungry_after)
            std::ranges::for_each(full, &Demand::mark_hungry, &Full::demand);
        const auto it = std::ranges::find_if(full, [&](const Full& one) {
            return waiter->client ? waiter->from == one.server
                                  : one.server->share->enter(one.server->limit);
        });
        turn = {static_cast<std::size_t>(it - full.begin()), std::move(waiter->client)};
    }
    for (const auto& one : full)
        std::erase(one.server->waiting, waiter);
    co_return turn;
}

net::awaitable<Pool::Made> Pool::greet(net::Endpoint address, const Approach& approach,
                                       std::string server, Deadline deadline)
{
    const auto snapshot = context_.snapshot();
    const auto limit = std::min<milliseconds>(
        snapshot->settings.delivery.connect,
        std::chrono::duration_cast<milliseconds>(deadline - context_.env->now()));
    std::string problem;
    bool asks_too_much = false;
    for (const bool with_tls : {true, false}) {
        try {
            net::Stream stream = co_await net::Stream::connect(address, std::max(limit, 1ms));
            auto client = std::make_unique<Client>(std::move(stream), approach.route, server,
                                                   snapshot->settings.hostname);
            const auto failure = co_await client->hello(
                std::min(deadline, context_.env->now() + snapshot->settings.delivery.reply),
                with_tls ? approach.tls : nullptr);
            if (!failure) {
                client->set_proof(approach.proof);
                if (approach.is_tested)
                    tell_test(*client, approach.route->name);
                co_return client;
            }
            problem = failure->text;
            asks_too_much = approach.route->is_by_mx && client->lacks_tls();
            if (!client->has_tls_failed()) {
                if (approach.route->is_by_mx)
                    notice_refusal(approach.route->name, *failure, context_.env->wall_now());
                break;
            }
        } catch (const std::exception& error) {
            problem = error.what();
            break;
        }
    }
    co_return std::unexpected{
        Failure{unavailable(fmt::format("{}: {}", server, problem)), !asks_too_much}};
}

net::awaitable<std::expected<Pool::Approach, mail::Reply>>
Pool::approach(std::shared_ptr<const Route> route, NextHop next_hop, std::string server)
{
    const auto snapshot = context_.snapshot();
    Approach made{.addresses = {}, .route = route, .tls = snapshot->client_tls, .proof = {}};
    if (!next_hop.outside) {
        if (route->tls == TlsUse::verified)
            made.tls = snapshot->client_tls_verified;
        made.addresses = co_await context_.resolver->addresses(next_hop.host, next_hop.port);
        co_return made;
    }
    DeliveryDns dns{*context_.resolver};
    auto way = co_await find_way(dns, *snapshot, route, next_hop);
    if (!way)
        co_return std::unexpected{
            mail::Reply{451, "4.7.5", fmt::format("{}: {}", server, way.error())}};
    auto secured = std::make_shared<Route>(*route);
    secured->tls = way->tls;
    made.route = std::move(secured);
    made.tls = std::move(way->context);
    made.proof = std::move(way->proof);
    made.is_tested = way->is_tested;
    made.addresses = next_hop.outside->addresses;
    co_return made;
}

net::awaitable<Pool::Made> Pool::connect(std::shared_ptr<const Route> route, NextHop next_hop,
                                         std::string server, Deadline deadline)
{
    Made made = std::unexpected{Failure{unavailable(server + ": its name has no address now")}};
    try {
        const auto how = co_await approach(std::move(route), std::move(next_hop), server);
        if (!how)
            co_return std::unexpected{Failure{how.error(), false}};
        for (const auto& address : how->addresses) {
            if (context_.env->now() >= deadline)
                break;
            made = co_await greet(address, *how, server, deadline);
            if (made)
                break;
        }
    } catch (const std::exception& error) {
        made = std::unexpected{Failure{unavailable(fmt::format("{}: {}", server, error.what()))}};
    }
    co_return made;
}

/// A new connection, in the place that was entered for it.
net::awaitable<std::expected<Lease, mail::Reply>>
Pool::connected(std::shared_ptr<const Route> route, NextHop next_hop, PooledServer& to,
                Demand demand, Deadline deadline)
{
    Made made = co_await connect(std::move(route), std::move(next_hop), to.name, deadline);
    if (made) // what the breaker thinks of it is for the conversation to say
        co_return Lease{*this, to, std::move(demand), std::move(*made), false};
    auto& share = demand.share();
    share.leave();
    auto& [reply, is_servers_fault] = made.error();
    if (is_servers_fault)
        share.hop.failed(reply.text, context_.env->now(), context_.env->wall_now());
    co_return std::unexpected{std::move(reply)};
}

net::awaitable<std::expected<Lease, mail::Reply>> Pool::acquire(std::shared_ptr<const Route> route,
                                                                Deadline deadline)
{
    mail::Reply problem = unavailable("every next hop is down");
    std::vector<Full> full;
    for (std::size_t i = 0; i < route->next_hops.size(); ++i) {
        PooledServer& to = server(*route, i);
        Demand demand{to.share};
        if (auto client = co_await take_idle(route, route->next_hops[i], to))
            co_return Lease{*this, to, std::move(demand), std::move(client), true};
        if (!to.share->hop.may_try(context_.env->now()))
            continue;
        if (!to.share->enter(to.limit)) {
            problem = unavailable(to.name + ": all connections are in use");
            full.push_back({&to, route->next_hops[i], std::move(demand)});
            continue;
        }
        auto lease
            = co_await connected(route, route->next_hops[i], to, std::move(demand), deadline);
        if (lease)
            co_return std::move(*lease);
        problem = std::move(lease.error());
    }
    while (!full.empty()) {
        Turn turn = co_await wait_for_turn(full, deadline);
        if (turn.index == full.size())
            break;
        const auto one = full.begin() + static_cast<std::ptrdiff_t>(turn.index);
        if (turn.client && co_await meets(route, one->next_hop, *turn.client))
            co_return Lease{*this, *one->server, std::move(one->demand), std::move(turn.client),
                            true};
        turn.client.reset(); // a new one has its place
        auto lease = co_await connected(route, one->next_hop, *one->server, std::move(one->demand),
                                        deadline);
        if (lease)
            co_return std::move(*lease);
        problem = std::move(lease.error());
        full.erase(one);
    }
    co_return std::unexpected{std::move(problem)};
}
}
