// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/clamd_state.hpp"
#include "filters/services.hpp"

#include <atomic>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// One clamd: the path of its Unix socket, or "HOST:PORT".
struct ClamdAddress {
    std::string path; ///< "" for TCP
    std::string host;
    std::uint16_t port = 0;
    /// The error says what is wrong.
    static std::expected<ClamdAddress, std::string> parse(std::string_view text);
};

/// The clamds of one configuration, in the order in which they are asked.
class Clamds {
public:
    struct Server {
        std::string name;
        ClamdAddress address;
        std::shared_ptr<ClamdState> state;
    };
    struct Limits {
        std::chrono::milliseconds connect{2000}, reply{30'000};
    };
    Clamds(std::vector<Server> servers, Limits limits, Services& services);

    /// What is to be looked at: a message without its transparency dots, and further octets.
    struct Subject {
        const mail::Message& message;
        std::span<const std::vector<char>> others;
    };
    /// Asks one after the other until one answers. `subject` outlives the wait. On a loop.
    net::awaitable<ClamdAnswer> scan(Subject subject) const;
    /// Asks those for a sign of life that nobody asked lately.
    net::awaitable<void> look() const;
    bool is_empty() const { return servers_.empty(); }

private:
    net::awaitable<net::Stream> connect(const ClamdAddress& address) const;
    net::awaitable<ClamdAnswer> ask(const Server& server, Subject subject) const;
    net::awaitable<void> ping(const Server& server) const;
    std::vector<Server> servers_;
    Limits limits_;
    Services& services_;
    net::Env& env_;
};

/// The states of all clamds by name, and those in use, over reloads.
class ClamdStates {
public:
    /// The one of these services, made on first use. Call when layers are made.
    static std::shared_ptr<ClamdStates> of(Services& services);
    std::shared_ptr<ClamdState> state(const std::string& server);
    /// Those in use now. nullptr: none.
    std::shared_ptr<const Clamds> current() const { return current_.load(); }
    void replace(std::shared_ptr<const Clamds> next) { current_.store(std::move(next)); }
    /// Those that some configuration in service names.
    std::vector<ClamdState::Report> reports() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<ClamdState>, std::less<>> states_;
    std::atomic<std::shared_ptr<const Clamds>> current_;
};
}
