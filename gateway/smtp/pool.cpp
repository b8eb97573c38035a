// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/pool.hpp"

#include <fmt/format.h>

namespace smtp {
namespace {
using namespace std::chrono_literals;
constexpr auto kept_idle = 30s;
constexpr auto wait_step = 20ms; // another loop may have closed a connection meanwhile
constexpr auto hungry_after = 200ms; // then another loop's connection is closed to make room
constexpr auto yield_step = 100ms; // one at a time, or loops that are all full would only connect
constexpr auto sweep_step = 1s;
thread_local Pool* pool_of_thread = nullptr;

/// Counts one who has waited long, while it lives.
class Hunger {
public:
    explicit Hunger(std::vector<PooledServer*> servers) : servers_{std::move(servers)}
    {
        for (auto* server : servers_) {
            ++server->hungry;
            server->hop->hungry.fetch_add(1);
        }
    }
    ~Hunger()
    {
        for (auto* server : servers_) {
            --server->hungry;
            server->hop->hungry.fetch_sub(1);
        }
    }
    Hunger(const Hunger&) = delete;
    Hunger& operator=(const Hunger&) = delete;

private:
    std::vector<PooledServer*> servers_;
};

/// Sessions of other loops wait for what this loop keeps.
bool is_wanted_elsewhere(const PooledServer& server)
{
    return server.hop->hungry.load() > server.hungry;
}

mail::Reply unavailable(std::string why) { return {451, "4.4.1", std::move(why)}; }
}

Lease::Lease(Pool& pool, PooledServer& server, std::unique_ptr<Client> client, bool is_used)
    : pool_{&pool}, server_{&server}, hop_{server.hop}, client_{std::move(client)},
      is_used_{is_used}
{ }

Lease::Lease(Lease&& other) noexcept = default;

Lease::~Lease()
{
    if (client_ && is_reusable_)
        pool_->give_back(*server_, std::move(client_));
    else if (client_)
        hop_->leave();
}

void Lease::report(const std::string& problem)
{
    const auto& env = pool_->context_.env;
    if (problem.empty())
        hop_->succeeded();
    else
        hop_->failed(problem, env->now(), env->wall_now());
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
            server.hop->leave();
        server.idle.clear();
    }
}

PooledServer& Pool::server(const Route& route, std::size_t index)
{
    PooledServer& server = servers_[route.identity() + index];
    if (!server.hop) {
        server.name
            = fmt::format("{}:{}", route.next_hops[index].host, route.next_hops[index].port);
        server.hop = &NextHopState::of(server.name);
    }
    return server;
}

std::unique_ptr<Client> Pool::take_idle(PooledServer& server)
{
    while (!server.idle.empty()) {
        auto client = std::move(server.idle.back().client);
        server.idle.pop_back();
        if (client->is_quiet())
            return client;
        server.hop->leave();
    }
    return nullptr;
}

void Pool::give_back(PooledServer& server, std::unique_ptr<Client> client)
{
    const auto now = context_.env->now();
    if (is_wanted_elsewhere(server) && now - server.yielded_at >= yield_step) {
        server.yielded_at = now;
        server.hop->leave();
        return;
    }
    while (!server.waiting.empty()) {
        if (!client->is_quiet()) {
            server.hop->leave(); // it closed, or says what nobody asked: a waiter makes a new one
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
    server.idle.push_back({std::move(client), now + kept_idle});
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
            const bool is_wanted = is_wanted_elsewhere(server);
            const auto gone = std::erase_if(
                server.idle, [is_wanted, now = context_.env->now()](const auto& idle) {
                    return is_wanted || idle.until <= now;
                });
            for (std::size_t i = 0; i < gone; ++i)
                server.hop->leave();
            left += server.idle.size();
        }
    }
    is_sweeping_ = false;
}

/// Waits until a connection of this loop comes back, or until there is room for a new one.
net::awaitable<Pool::Turn> Pool::wait_for_turn(std::vector<PooledServer*> full, unsigned limit,
                                               Deadline deadline)
{
    auto waiter = std::make_shared<PooledServer::Waiter>();
    for (auto* server : full)
        server->waiting.push_back(waiter);
    Turn turn;
    std::optional<Hunger> hunger;
    const auto begun = context_.env->now();
    while (!turn.server && context_.env->now() < deadline) {
        co_await waiter->event.wait_for(wait_step);
        if (!hunger && context_.env->now() - begun >= hungry_after)
            hunger.emplace(full);
        if (waiter->client)
            turn = {waiter->from, std::move(waiter->client)};
        else if (const auto room = std::ranges::find_if(
                     full, [&](PooledServer* server) { return server->hop->enter(limit); });
                 room != full.end())
            turn.server = *room;
    }
    for (auto* server : full)
        std::erase(server->waiting, waiter);
    co_return turn;
}

net::awaitable<Pool::Made> Pool::greet(net::Endpoint address, std::shared_ptr<const Route> route,
                                       std::string server, Deadline deadline)
{
    const auto snapshot = context_.snapshot();
    const bool is_verified = route->tls == TlsUse::verified;
    const auto limit = std::min<milliseconds>(
        snapshot->settings.delivery.connect,
        std::chrono::duration_cast<milliseconds>(deadline - context_.env->now()));
    std::string problem;
    for (const bool with_tls : {true, false}) {
        try {
            net::Stream stream = co_await net::Stream::connect(address, std::max(limit, 1ms));
            auto client = std::make_unique<Client>(std::move(stream), route, server,
                                                   snapshot->settings.hostname);
            auto tls = is_verified ? snapshot->client_tls_verified : snapshot->client_tls;
            const auto failure = co_await client->hello(
                std::min(deadline, context_.env->now() + snapshot->settings.delivery.reply),
                with_tls ? std::move(tls) : nullptr);
            if (!failure)
                co_return client;
            problem = failure->text;
            if (!client->has_tls_failed())
                break;
        } catch (const std::exception& error) {
            problem = error.what();
            break;
        }
    }
    co_return std::unexpected{unavailable(fmt::format("{}: {}", server, problem))};
}

net::awaitable<Pool::Made> Pool::connect(std::shared_ptr<const Route> route, NextHop next_hop,
                                         std::string server, Deadline deadline)
{
    Made made = std::unexpected{unavailable(server + ": its name has no address now")};
    try {
        const auto addresses = co_await context_.resolver->addresses(next_hop.host, next_hop.port);
        for (const auto& address : addresses) {
            if (context_.env->now() >= deadline)
                break;
            made = co_await greet(address, route, server, deadline);
            if (made)
                break;
        }
    } catch (const std::exception& error) {
        made = std::unexpected{unavailable(fmt::format("{}: {}", server, error.what()))};
    }
    co_return made;
}

/// A new connection, in the place that was entered for it.
net::awaitable<std::expected<Lease, mail::Reply>>
Pool::connected(std::shared_ptr<const Route> route, NextHop next_hop, PooledServer& to,
                Deadline deadline)
{
    Made made = co_await connect(std::move(route), std::move(next_hop), to.name, deadline);
    if (made) // what the breaker thinks of it is for the conversation to say
        co_return Lease{*this, to, std::move(*made), false};
    to.hop->leave();
    to.hop->failed(made.error().text, context_.env->now(), context_.env->wall_now());
    co_return std::unexpected{std::move(made.error())};
}

net::awaitable<std::expected<Lease, mail::Reply>> Pool::acquire(std::shared_ptr<const Route> route,
                                                                Deadline deadline)
{
    mail::Reply problem = unavailable("every next hop is down");
    std::vector<PooledServer*> full;
    std::map<PooledServer*, NextHop> hops;
    for (std::size_t i = 0; i < route->next_hops.size(); ++i) {
        PooledServer& to = server(*route, i);
        if (auto client = take_idle(to))
            co_return Lease{*this, to, std::move(client), true};
        if (!to.hop->may_try(context_.env->now()))
            continue;
        if (!to.hop->enter(route->connections)) {
            problem = unavailable(to.name + ": all connections are in use");
            full.push_back(&to);
            hops.emplace(&to, route->next_hops[i]);
            continue;
        }
        auto lease = co_await connected(route, route->next_hops[i], to, deadline);
        if (lease)
            co_return std::move(*lease);
        problem = std::move(lease.error());
    }
    while (!full.empty()) {
        Turn turn = co_await wait_for_turn(full, route->connections, deadline);
        if (!turn.server)
            break;
        if (turn.client)
            co_return Lease{*this, *turn.server, std::move(turn.client), true};
        auto lease = co_await connected(route, hops.at(turn.server), *turn.server, deadline);
        if (lease)
            co_return std::move(*lease);
        problem = std::move(lease.error());
        std::erase(full, turn.server);
    }
    co_return std::unexpected{std::move(problem)};
}
}
