// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/host_names.hpp"
#include "gateway/net/handover.hpp"
#include "gateway/net/worker_pool.hpp"

#include <mutex>
#include <netdb.h>
#include <sys/socket.h>
#include <unordered_map>

namespace net {
using namespace std::chrono_literals;

namespace {
using Addresses = std::vector<Endpoint>;
constexpr std::size_t cache_limit = 1024;

Addresses system_look_up(const std::string& host)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0)
        return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, ::freeaddrinfo};
    Addresses addresses;
    for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
        if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
            addresses.push_back(endpoint_of(*entry->ai_addr));
    }
    return addresses;
}

Addresses with_port(Addresses addresses, std::uint16_t port)
{
    for (Endpoint& address : addresses)
        address.port = port;
    return addresses;
}

/// RFC 1035 §2.3.4: 255 octets on the wire are 253 in text.
bool is_askable(const std::string& host)
{
    return !host.empty() && host.size() <= 254 && !host.contains('\0');
}
}

struct HostNames::State {
    struct Answer {
        Addresses addresses;
        Env::Steady expires;
    };
    State(WorkerPool& on, LookUp with) : pool{on}, look_up{std::move(with)} { }
    void make_room(Env::Steady now);
    static void ask(const std::shared_ptr<State>& state, const std::string& host, Env& env);
    void settle(const std::string& host, const Addresses& addresses, Env::Steady now);

    WorkerPool& pool;
    LookUp look_up;
    std::mutex mutex;
    std::unordered_map<std::string, Answer> cache;
    std::unordered_map<std::string, std::vector<Handover<Addresses>>> asked;
};

void HostNames::State::make_room(Env::Steady now)
{
    if (cache.size() < cache_limit)
        return;
    std::erase_if(cache, [now](const auto& entry) { return entry.second.expires <= now; });
    if (cache.size() >= cache_limit)
        cache.erase(cache.begin());
}

void HostNames::State::settle(const std::string& host, const Addresses& addresses, Env::Steady now)
{
    std::vector<Handover<Addresses>> waiting;
    {
        const std::lock_guard lock{mutex};
        make_room(now);
        cache[host] = {addresses, now + (addresses.empty() ? 5s : 60s)};
        waiting = std::move(asked[host]);
        asked.erase(host);
    }
    for (const auto& one : waiting)
        one.deliver(addresses);
}

void HostNames::State::ask(const std::shared_ptr<State>& state, const std::string& host, Env& env)
{
    state->pool.post([state, host, &env] {
        Addresses addresses;
        try {
            addresses = state->look_up(host);
        } catch (const std::exception&) {
            // A failed look-up is an answer of its own: none.
        }
        state->settle(host, addresses, env.now());
    });
}

HostNames::HostNames(WorkerPool& pool) : HostNames{pool, system_look_up} { }
HostNames::HostNames(WorkerPool& pool, LookUp look_up)
    : state_{std::make_shared<State>(pool, std::move(look_up))}
{ }
HostNames::~HostNames() = default;

awaitable<std::vector<Endpoint>> HostNames::addresses(std::string host, std::uint16_t port)
{
    if (const auto literal = parse_address(host, port))
        co_return Addresses{*literal};
    if (!is_askable(host))
        co_return Addresses{};
    const auto state = state_;
    Env& env = Loop::current().env();
    Handover<Addresses> answer;
    {
        const std::lock_guard lock{state->mutex};
        const auto known = state->cache.find(host);
        if (known != state->cache.end() && env.now() < known->second.expires)
            co_return with_port(known->second.addresses, port);
        auto& waiting = state->asked[host];
        waiting.push_back(answer);
        if (waiting.size() == 1)
            State::ask(state, host, env);
    }
    co_return with_port(co_await answer.receive(), port);
}
}
