// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/stream.hpp"

#include <expected>
#include <functional>
#include <string>

namespace net {
/// Opens a listening TCP socket (SO_REUSEPORT, so that each loop has its own); port 0 picks one.
/// An error names address and reason.
std::expected<int, std::string> open_tcp_listener(const std::string& address);
/// Opens a Unix socket, replacing a dead one; mode 0600 unless said otherwise.
std::expected<int, std::string> open_local_listener(const std::string& path, unsigned mode = 0600);
/// The address a listening descriptor is bound to.
Endpoint bound_address(int descriptor);

/// Accepts on one descriptor for one loop and hands each connection to `accept`.
/// Out of descriptors: says so once a minute and waits 100 ms; it never gives up.
class Listener {
public:
    using Accept = std::function<void(int descriptor, const Endpoint& peer)>;
    /// Does not own `descriptor`: the supervisor keeps it.
    Listener(Loop& loop, int descriptor, Accept accept);
    ~Listener();
    void start();
    /// No more accepts; connections go on. The socket keeps queueing for whoever listens next.
    void stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};
}
