// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/listener.hpp"
#include "gateway/smtp/context.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smtp {
/// A listening socket and the name of the listener it belongs to.
struct Door {
    int descriptor = -1;
    std::string listener;
};

/// One loop's SMTP side: accepts at its doors and runs one session a connection. Lives on its loop.
class Server {
public:
    Server(net::Loop& loop, Context& context, std::vector<Door> doors);
    ~Server();
    void start();
    /// No new connections; idle sessions get 421; sessions in DATA finish.
    void drain();
    std::size_t sessions() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};
}
