// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/client.hpp"
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/next_hops.hpp"

#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace smtp {
class Pool;

/// One next hop of one route as its loop's pool sees it.
struct PooledServer {
    /// A session that waits for a connection of some servers to come back.
    struct Waiter {
        net::Event event;
        std::unique_ptr<Client> client;
        PooledServer* from = nullptr;
    };
    struct Idle {
        std::unique_ptr<Client> client;
        Client::Deadline until;
    };
    std::string name; ///< "mail1.internal:25"
    bool is_outside = false; ///< the DNS named it: forgotten when there are many
    std::shared_ptr<LoopShare> share;
    unsigned limit = 0; ///< connections over all loops
    std::deque<Idle> idle;
    std::deque<std::shared_ptr<Waiter>> waiting;
    Client::Deadline yielded_at{}; ///< when a connection was closed for another loop's sake
};

/// A connection on loan. Given back when it was told that it can be used again, else closed.
class Lease {
public:
    Lease(Pool& pool, PooledServer& server, Demand demand, std::unique_ptr<Client> client,
          bool is_used);
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Client& client() { return *client_; }
    void mark_reusable() { is_reusable_ = true; }
    /// Tells the breaker how a conversation went; empty: the server answered.
    void report(const std::string& problem);
    /// It carried mail before: it may have died unseen.
    bool is_used() const { return is_used_; }

private:
    Pool* pool_;
    PooledServer* server_;
    std::optional<Demand> demand_;
    std::unique_ptr<Client> client_;
    bool is_used_;
    bool is_reusable_ = false;
};

/// One loop's connections to next hops, kept for 30 s after use. At most `Route::connections` a
/// server over all loops; who comes later waits in turn.
class Pool {
public:
    using Deadline = Client::Deadline;
    Pool(net::Loop& loop, Context& context);
    ~Pool();
    /// The pool of this thread's loop.
    static Pool& current();
    /// Makes this the pool of the calling thread.
    void bind();

    /// A connection that is ready for MAIL: an idle one, else a new one to the first next hop that
    /// has room and answers. Only where none has room it waits for a turn at any. The error is a
    /// 4xx with the reason: nothing here is ever final.
    net::awaitable<std::expected<Lease, mail::Reply>> acquire(std::shared_ptr<const Route> route,
                                                              Deadline deadline);
    /// Closes what is idle.
    void close_idle();

private:
    friend class Lease;
    /// Why there is no connection. What one domain outside asks for of its servers is no fault of a
    /// server that others name, too: strangers choose both.
    struct Failure {
        mail::Reply reply;
        bool is_servers_fault = true;
    };
    using Made = std::expected<std::unique_ptr<Client>, Failure>;
    PooledServer& server(const Route& route, std::size_t index);
    /// An idle connection that meets what the DNS and policies ask for now; null: there is none.
    net::awaitable<std::unique_ptr<Client>> take_idle(std::shared_ptr<const Route> route,
                                                      NextHop next_hop, PooledServer& server);
    net::awaitable<bool> meets(std::shared_ptr<const Route> route, NextHop next_hop,
                               const Client& client);
    /// A turn at a server: a connection that came back, or room for a new one.
    struct Full {
        PooledServer* server;
        NextHop next_hop;
        Demand demand;
    };
    struct Turn {
        std::size_t index; ///< in `full`; its size: none until the deadline
        std::unique_ptr<Client> client;
    };
    net::awaitable<Turn> wait_for_turn(std::vector<Full>& full, Deadline deadline);
    net::awaitable<std::expected<Lease, mail::Reply>> connected(std::shared_ptr<const Route> route,
                                                                NextHop next_hop, PooledServer& to,
                                                                Demand demand, Deadline deadline);
    net::awaitable<Made> connect(std::shared_ptr<const Route> route, NextHop next_hop,
                                 std::string server, Deadline deadline);
    /// A server's addresses, and what TLS has to be like.
    struct Approach {
        std::vector<net::Endpoint> addresses;
        std::shared_ptr<const Route> route;
        std::shared_ptr<const net::TlsContext> tls;
        std::string proof;
        bool is_tested = false;
        bool is_met_by(const Client& client) const;
    };
    net::awaitable<std::expected<Approach, mail::Reply>>
    approach(std::shared_ptr<const Route> route, NextHop next_hop, std::string server);
    net::awaitable<Made> greet(net::Endpoint address, const Approach& approach, std::string server,
                               Deadline deadline);
    void forget_outside();
    bool must_give_way(PooledServer& server);
    void give_back(PooledServer& server, std::unique_ptr<Client> client);
    net::awaitable<void> sweep();

    net::Loop& loop_;
    Context& context_;
    std::map<std::string, PooledServer> servers_; // by route and next hop
    bool is_sweeping_ = false;
};
}
