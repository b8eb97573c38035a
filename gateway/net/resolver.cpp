// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/resolver.hpp"
#include "gateway/net/dns_client.hpp"
#include "gateway/net/worker_pool.hpp"

#include <boost/asio/execution_context.hpp>

#include <fstream>
#include <mutex>
#include <sstream>

namespace net {
namespace asio = boost::asio;

namespace {
using Clients = std::vector<std::shared_ptr<DnsClient>>;

/// The clients of one loop: they end before its sockets do.
class LoopClients final : public asio::execution_context::service {
public:
    static asio::execution_context::id id;
    explicit LoopClients(asio::execution_context& context)
        : asio::execution_context::service{context}
    { }
    Clients clients;

private:
    void shutdown() override
    {
        for (const auto& client : clients)
            client->close();
        clients.clear();
    }
};
asio::execution_context::id LoopClients::id;

DnsAnswerPtr no_name()
{
    static const auto answer
        = std::make_shared<const DnsAnswer>(DnsAnswer{.status = DnsAnswer::Status::no_name});
    return answer;
}
}

std::vector<Endpoint> system_dns_servers(const std::string& path)
{
    std::vector<Endpoint> servers;
    std::ifstream file{path};
    for (std::string line; std::getline(file, line) && servers.size() < 8;) {
        std::istringstream words{line};
        std::string key, value;
        words >> key >> value;
        if (key != "nameserver")
            continue;
        if (const auto server = parse_address(value, 53))
            servers.push_back(*server);
    }
    if (servers.empty())
        servers.push_back(parse_address("127.0.0.1", 53).value());
    return servers;
}

struct Resolver::State {
    explicit State(DnsSettings with)
        : settings{std::make_shared<const DnsSettings>(std::move(with))},
          cache{std::make_shared<DnsCache>(settings->cache_bytes)}
    { }
    DnsAnswerPtr cached(std::string_view canonical, RecordType type)
    {
        auto answer = cache->find(canonical, type, Loop::current().env().now());
        if (answer)
            ++health->cached;
        return answer;
    }
    std::shared_ptr<DnsClient> client();

    mutable std::mutex mutex;
    std::shared_ptr<const DnsSettings> settings;
    std::shared_ptr<DnsCache> cache;
    std::shared_ptr<DnsHealth> health = std::make_shared<DnsHealth>();
    std::unordered_map<Loop*, std::weak_ptr<DnsClient>> clients;
};

/// This loop's client with the settings of now. One with older settings ends when nobody waits for
/// it any more.
std::shared_ptr<DnsClient> Resolver::State::client()
{
    Loop& loop = Loop::current();
    const std::lock_guard lock{mutex};
    auto known = clients[&loop].lock();
    if (known && &known->settings() == settings.get())
        return known;
    auto& of_loop = asio::use_service<LoopClients>(loop.context()).clients;
    std::erase_if(of_loop, [&](const auto& one) { return one == known || one.use_count() == 1; });
    const auto made = std::make_shared<DnsClient>(loop, settings, cache, health);
    of_loop.push_back(made);
    clients[&loop] = made;
    return made;
}

Resolver::Resolver(WorkerPool& pool, DnsSettings settings)
    : state_{std::make_shared<State>(std::move(settings))}, hosts_{pool}
{ }
Resolver::Resolver(WorkerPool& pool, LookUp look_up, DnsSettings settings)
    : state_{std::make_shared<State>(std::move(settings))}, hosts_{pool, std::move(look_up)}
{ }

Resolver::~Resolver()
{
    const std::lock_guard lock{state_->mutex};
    for (const auto& [loop, weak] : state_->clients)
        if (const auto client = weak.lock())
            client->close();
}

awaitable<DnsAnswerPtr> Resolver::query(std::string name, RecordType type, unsigned* queries_left)
{
    auto canonical = canonical_name(name);
    if (!canonical)
        co_return no_name();
    if (auto answer = state_->cached(*canonical, type))
        co_return answer;
    auto answer
        = co_await DnsClient::ask(state_->client(), std::move(*canonical), type, queries_left);
    co_return answer;
}

std::optional<DnsAnswerPtr> Resolver::known(std::string_view name, RecordType type)
{
    const auto canonical = canonical_name(name);
    if (!canonical)
        return no_name();
    auto answer = state_->cached(*canonical, type);
    return answer ? std::optional{std::move(answer)} : std::nullopt;
}

void Resolver::configure(DnsSettings settings)
{
    const std::lock_guard lock{state_->mutex};
    if (*state_->settings != settings)
        state_->settings = std::make_shared<const DnsSettings>(std::move(settings));
}

DnsStatus Resolver::status() const
{
    const DnsHealth& health = *state_->health;
    const std::lock_guard lock{state_->mutex};
    return {.is_breaker_open = health.is_open,
            .questions = health.questions,
            .cached = health.cached,
            .joined = health.joined,
            .failed = health.failed,
            .timed_out = health.timed_out,
            .refused_by_limit = health.refused_by_limit,
            .breaker_opened = health.breaker_opened,
            .under_way = health.under_way,
            .cache_entries = state_->cache->entries(),
            .cache_bytes = state_->cache->bytes(),
            .servers = state_->settings->servers};
}

bool Resolver::has_servers() const
{
    const std::lock_guard lock{state_->mutex};
    return !state_->settings->servers.empty();
}

std::chrono::milliseconds Resolver::timeout() const
{
    const std::lock_guard lock{state_->mutex};
    return state_->settings->timeout;
}

awaitable<std::vector<Endpoint>> Resolver::addresses(std::string host, std::uint16_t port)
{
    return hosts_.addresses(std::move(host), port);
}
}
