// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sts_cache.hpp"

#include "storage/files.hpp"

#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <spdlog/spdlog.h>

namespace smtp {
namespace {
using Wall = net::Env::Wall;
using std::chrono::duration_cast;
using std::chrono::seconds;
constexpr std::size_t most_entries = 20'000;
constexpr seconds pause_after_failure{300};
constexpr seconds fresh_for{std::chrono::days{1}};

struct Kept {
    std::string id;
    Wall expires;
    StsPolicy policy;
};

/// The first line of a file: when it expires, and the id; the policy as fetched follows.
std::string file_text(const std::string& id, Wall expires, std::string_view policy)
{
    return fmt::format("{} {}\n{}", duration_cast<seconds>(expires.time_since_epoch()).count(), id,
                       policy);
}

std::optional<Kept> parse_file(std::string_view text)
{
    const auto line_end = text.find('\n');
    const auto blank = text.find(' ');
    if (line_end == text.npos || blank > line_end)
        return {};
    std::int64_t time = 0;
    std::from_chars(text.data(), text.data() + blank, time);
    auto policy = parse_sts_policy(text.substr(line_end + 1));
    if (!policy)
        return {};
    return Kept{std::string{text.substr(blank + 1, line_end - blank - 1)}, Wall{seconds{time}},
                std::move(*policy)};
}

std::optional<Kept> read_file(const std::string& path)
{
    std::string text;
    try {
        storage::Files::real().read(path, [&](std::string_view piece) { text += piece; });
    } catch (const std::exception&) {
        return {}; // there is none, or it cannot be read: the domain is asked
    }
    return parse_file(text);
}

void write_file(const std::string& directory, const std::string& name, const std::string& text)
{
    try {
        std::filesystem::create_directories(directory);
        storage::Files::real().remove(directory + "/" + name);
        storage::Files::real().create(directory, name,
                                      [&](const storage::Files::Write& write) { write(text); });
    } catch (const std::exception& error) {
        spdlog::warn("MTA-STS: the policy of {} is kept in memory only: {}", name, error.what());
    }
}
}

StsCache::StsCache(net::Env& env, net::WorkerPool& pool, std::string directory, Fetch fetch)
    : env_{env}, pool_{pool}, directory_{std::move(directory)}, fetch_{std::move(fetch)}
{ }

bool StsCache::Entry::is_due(Wall now) const
{
    return now - (expires - policy->max_age) >= std::min(fresh_for, policy->max_age / 2);
}

std::size_t StsCache::size() const
{
    const std::scoped_lock lock{mutex_};
    return entries_.size();
}

/// Those that nothing is known of any more go first; else any that no fetch is under way for: its
/// file stays.
void StsCache::make_room()
{
    if (entries_.size() < most_entries)
        return;
    const auto now = env_.wall_now();
    std::erase_if(entries_, [&](const auto& one) {
        return !one.second.is_fetching && one.second.expires <= now && one.second.not_before <= now;
    });
    for (auto at = entries_.begin(); entries_.size() >= most_entries && at != entries_.end();)
        at = at->second.is_fetching ? std::next(at) : entries_.erase(at);
}

net::awaitable<void> StsCache::read(std::string domain)
{
    {
        const std::scoped_lock lock{mutex_};
        make_room();
        if (entries_[domain].was_read)
            co_return;
    }
    const std::string path = directory_ + "/" + domain;
    auto kept = co_await pool_.run([path] { return read_file(path); });
    const std::scoped_lock lock{mutex_};
    Entry& entry = entries_[domain];
    if (entry.was_read)
        co_return;
    entry.was_read = true;
    if (kept && kept->expires > env_.wall_now() && !entry.policy) {
        entry.id = std::move(kept->id);
        entry.expires = kept->expires;
        entry.policy = std::make_shared<const StsPolicy>(std::move(kept->policy));
    }
}

net::awaitable<void> StsCache::fetch_one(std::string domain, std::string id)
{
    std::expected<std::string, std::string> text = std::unexpected{std::string{"cut off"}};
    try {
        text = co_await fetch_(domain);
    } catch (const std::exception& error) {
        text = std::unexpected{std::string{error.what()}};
    }
    std::expected<StsPolicy, std::string> policy = std::unexpected{std::string{}};
    if (text)
        policy = parse_sts_policy(*text);
    const std::string why = !text ? text.error() : !policy ? policy.error() : std::string{};
    if (!why.empty())
        spdlog::warn("MTA-STS: the policy of {} could not be fetched: {}", domain, why);
    const auto now = env_.wall_now();
    std::vector<net::Handover<void>> waiting;
    std::string file;
    {
        const std::scoped_lock lock{mutex_};
        Entry& entry = entries_[domain];
        waiting.swap(entry.waiting);
        entry.is_fetching = false;
        entry.not_before = now + pause_after_failure;
        if (policy) {
            entry.not_before = now;
            entry.id = id;
            entry.expires = now + policy->max_age;
            entry.policy = std::make_shared<const StsPolicy>(std::move(*policy));
            file = file_text(id, entry.expires, *text);
        }
    }
    for (const auto& one : waiting)
        one.deliver();
    if (!file.empty())
        pool_.post([directory = directory_, domain, file] { write_file(directory, domain, file); });
}

/// `id`: what the DNS says now. Nobody waits for the new text of a policy whose id stands, and none
/// begins to bind without an id.
net::awaitable<void> StsCache::refresh(std::string domain, std::optional<std::string> id)
{
    net::Handover<void> done;
    bool must_wait = false, must_fetch = false;
    {
        const std::scoped_lock lock{mutex_};
        Entry& entry = entries_[domain];
        const auto now = env_.wall_now();
        const bool is_known = entry.is_in_force(now) && entry.id == id.value_or(entry.id);
        if (is_known ? !entry.is_due(now) : !id)
            co_return;
        must_fetch = !entry.is_fetching && now >= entry.not_before;
        entry.is_fetching |= must_fetch;
        must_wait = !is_known && entry.is_fetching;
        if (must_wait)
            entry.waiting.push_back(done);
        if (!id)
            id = entry.id;
    }
    if (must_fetch)
        net::Loop::current().spawn("MTA-STS", fetch_one(domain, std::move(*id)));
    if (!must_wait)
        co_return;
    try {
        co_await done.receive();
    } catch (const std::runtime_error&) {
        // The fetching loop ended: what is known stands.
    }
}

net::awaitable<StsCache::Policy> StsCache::policy_of(std::string domain, filters::auth::Dns& dns)
{
    co_await read(domain);
    const auto answer = co_await dns.ask("_mta-sts." + domain, net::RecordType::txt);
    co_await refresh(domain, sts_id(*answer));
    const std::scoped_lock lock{mutex_};
    const auto found = entries_.find(domain);
    const bool is_in_force = found != entries_.end() && found->second.is_in_force(env_.wall_now());
    co_return is_in_force ? found->second.policy : nullptr;
}
}
