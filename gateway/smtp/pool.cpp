// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/pool.hpp"

#include <fmt/format.h>

namespace smtp {
namespace {
using namespace std::chrono_literals;
constexpr auto kept_idle = 30s;
constexpr auto wait_step = 20ms;           // another loop may have closed a connection meanwhile
thread_local Pool* pool_of_thread = nullptr;

mail::Reply unavailable(std::string why) { return {451, "4.4.1", std::move(why)}; }
}

Lease::Lease(Pool& pool, std::string key, std::unique_ptr<Client> client, NextHopState& hop,
             bool is_used)
    : pool_{&pool}, key_{std::move(key)}, client_{std::move(client)}, hop_{&hop}, is_used_{is_used}
{
}

Lease::Lease(Lease&& other) noexcept = default;

Lease::~Lease()
{
    if (client_ && is_reusable_)
        pool_->give_back(key_, std::move(client_), *hop_);
    else if (client_)
        hop_->leave();
}

Pool::Pool(net::Loop& loop, Context& context) : loop_{loop}, context_{context} {}

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
    for (auto& [key, clients] : idle_)
        for (auto& idle : clients)
            idle.hop->leave();
    idle_.clear();
}

std::unique_ptr<Client> Pool::take_idle(const std::string& key)
{
    const auto found = idle_.find(key);
    while (found != idle_.end() && !found->second.empty()) {
        Idle idle = std::move(found->second.back());
        found->second.pop_back();
        if (idle.client->is_quiet())
            return std::move(idle.client);
        idle.hop->leave();
    }
    return nullptr;
}

void Pool::give_back(const std::string& key, std::unique_ptr<Client> client, NextHopState& hop)
{
    if (const auto queue = waiting_.find(key); queue != waiting_.end() && !queue->second.empty()) {
        const auto waiter = std::move(queue->second.front());
        queue->second.pop_front();
        waiter->client = std::move(client);
        waiter->event.set();
        return;
    }
    idle_[key].push_back({std::move(client), &hop, context_.env->now() + kept_idle});
    if (!is_sweeping_) {
        is_sweeping_ = true;
        loop_.spawn("next-hop pool", sweep());
    }
}

net::awaitable<void> Pool::sweep()
{
    while (!idle_.empty() && !context_.is_draining) {
        co_await net::sleep(5s);
        const auto now = context_.env->now();
        for (auto at = idle_.begin(); at != idle_.end();) {
            std::erase_if(at->second, [&](Idle& idle) {
                const bool is_over = idle.until <= now;
                if (is_over)
                    idle.hop->leave();
                return is_over;
            });
            at = at->second.empty() ? idle_.erase(at) : std::next(at);
        }
    }
    is_sweeping_ = false;
}

/// Waits until a connection of this loop comes back, or until there is room for a new one (`has_slot`).
net::awaitable<std::unique_ptr<Client>> Pool::wait_for_idle(std::string key, NextHopState& hop, unsigned limit,
                                                            Deadline deadline, bool& has_slot)
{
    auto waiter = std::make_shared<Waiter>();
    waiting_[key].push_back(waiter);
    while (context_.env->now() < deadline) {
        const bool is_served = co_await waiter->event.wait_for(wait_step);
        if (is_served)
            co_return std::move(waiter->client);
        if (hop.enter(limit)) {
            has_slot = true;
            break;
        }
    }
    std::erase(waiting_[key], waiter);
    co_return nullptr;
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
    const auto addresses = co_await context_.resolver->addresses(next_hop.host, next_hop.port);
    Made made = std::unexpected{unavailable(server + ": its name has no address now")};
    for (const auto& address : addresses) {
        if (context_.env->now() >= deadline)
            break;
        made = co_await greet(address, route, server, deadline);
        if (made)
            break;
    }
    co_return made;
}

net::awaitable<std::expected<Lease, mail::Reply>> Pool::acquire(std::shared_ptr<const Route> route,
                                                                Deadline deadline)
{
    mail::Reply problem = unavailable("every next hop is down");
    for (const NextHop& next_hop : route->next_hops) {
        const std::string server = fmt::format("{}:{}", next_hop.host, next_hop.port);
        const std::string key = route->key() + ' ' + server;
        NextHopState& hop = NextHopState::of(server);
        if (auto client = take_idle(key))
            co_return Lease{*this, key, std::move(client), hop, true};
        if (!hop.may_try(context_.env->now()))
            continue;
        if (bool has_slot = hop.enter(route->connections); !has_slot) {
            auto client = co_await wait_for_idle(key, hop, route->connections, deadline, has_slot);
            if (client)
                co_return Lease{*this, key, std::move(client), hop, true};
            if (!has_slot) {
                problem = unavailable(server + ": all connections are in use");
                continue;
            }
        }
        Made made = co_await connect(route, next_hop, server, deadline);
        if (made) {
            hop.succeeded();
            co_return Lease{*this, key, std::move(*made), hop, false};
        }
        hop.leave();
        problem = made.error();
        hop.failed(problem.text, context_.env->now(), context_.env->wall_now());
    }
    co_return std::unexpected{std::move(problem)};
}
}
