// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/https_get.hpp"
#include "gateway/net/worker_pool.hpp"
#include "web/api/alert_settings.hpp"

#include <chrono>
#include <deque>
#include <string>
#include <vector>

namespace web {
using net::awaitable;

/// "t=1767225600,v1=HEX": HMAC-SHA256 of "1767225600.BODY" by the secret. The time is signed, so
/// that who receives it can refuse what is old.
std::string hook_signature(std::string_view secret, std::int64_t time, std::string_view body);

/// Where a hook leads, for people: "https://alerts.internal/…". Paths and queries are often the
/// secret of the two.
std::string hook_name(std::string_view url);

/// Notices on their way to an administrator's program, in order. Each is sent until it is taken,
/// with longer pauses, for a day; one whose text the program refuses is given up at once, for it
/// would be refused again; beyond `most` the oldest is dropped. Whoever keeps them over a restart
/// asks for `owed`. Used on one loop.
class WebHook {
public:
    static constexpr std::size_t most = 100;
    WebHook(net::Resolver& resolver, net::WorkerPool& pool, net::Env& env)
        : resolver_{resolver}, pool_{pool}, env_{env}
    { }
    void add(std::string id, std::string body);
    struct Owed {
        std::string id, body;
        std::chrono::system_clock::time_point made{};
    };
    std::vector<Owed> owed() const;
    /// What was owed before a restart, in front of what came since.
    void restore(std::vector<Owed> notices);
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
    struct Notice : Owed {
        unsigned attempts = 0;
        net::Env::Steady next{};
    };
    struct Outcome {
        std::string problem = {}; ///< "" it was taken
        bool is_final = false; ///< and never will be
    };
    awaitable<Outcome> send_one(HookSettings settings, std::string id, std::string body);
    void put_off(const std::string& id, Outcome outcome);

    net::Resolver& resolver_;
    net::WorkerPool& pool_;
    net::Env& env_;
    std::deque<Notice> queue_;
    net::Env::Steady tried_{};
    std::string problem_;
    Counts counts_;
    bool is_busy_ = false;
};
}
