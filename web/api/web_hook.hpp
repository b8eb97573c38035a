// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/https_get.hpp"
#include "gateway/net/worker_pool.hpp"
#include "web/api/alert_settings.hpp"

#include <chrono>
#include <deque>
#include <string>

namespace web {
using net::awaitable;

/// "t=1767225600,v1=HEX": HMAC-SHA256 of "1767225600.BODY" by the secret. The time is signed, so
/// that who receives it can refuse what is old.
std::string hook_signature(std::string_view secret, std::int64_t time, std::string_view body);

/// Notices on their way to an administrator's program, in order. Each is sent until it is taken,
/// with longer pauses, for a day; beyond `most` the oldest is dropped. They live in memory: what is
/// bad still is reminded of. Used on one loop.
class WebHook {
public:
    static constexpr std::size_t most = 100;
    WebHook(net::Resolver& resolver, net::WorkerPool& pool, net::Env& env)
        : resolver_{resolver}, pool_{pool}, env_{env}
    { }
    void add(std::string id, std::string body);
    /// Sends what is due, one after the other, until one is not taken. One call at a time does; a
    /// further one returns at once.
    awaitable<void> deliver(HookSettings settings);
    /// One notice now, past the queue. "" or why it was not taken.
    awaitable<std::string> send(HookSettings settings, std::string id, std::string body);
    std::size_t waiting() const { return queue_.size(); }
    /// Why the last one was not taken; "" when it was.
    const std::string& problem() const { return problem_; }
    struct Counts {
        std::uint64_t sent = 0, failed = 0, dropped = 0;
    };
    const Counts& counts() const { return counts_; }

private:
    struct Notice {
        std::string id, body;
        std::chrono::system_clock::time_point made;
        unsigned attempts = 0;
        net::Env::Steady next{};
    };
    void put_off(const std::string& id, std::string why);

    net::Resolver& resolver_;
    net::WorkerPool& pool_;
    net::Env& env_;
    std::deque<Notice> queue_;
    std::string problem_;
    Counts counts_;
    bool is_busy_ = false;
};
}
