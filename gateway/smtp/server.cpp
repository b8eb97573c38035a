// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/server.hpp"

#include "filters/scan/scanner.hpp"
#include "gateway/smtp/pool.hpp"
#include "gateway/smtp/record.hpp"
#include "gateway/smtp/session.hpp"

#include <list>
#include <sys/socket.h>
#include <unistd.h>

namespace smtp {
namespace {
mail::Client client_at(const net::Endpoint& peer)
{
    mail::Client client;
    client.ip = mail::Ip{peer.bytes};
    client.port = peer.port;
    return client;
}

/// Says a last line without waiting and closes; an empty text is silence.
void turn_away(int descriptor, const mail::Reply& reply)
{
    if (!reply.text.empty()) {
        const std::string text = mail::to_wire(reply);
        (void)::send(descriptor, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    ::close(descriptor);
}

/// What an open connection takes, given back when it ends or fails to begin.
struct Place {
    struct Leave {
        void operator()(Metrics::Counter* count) const { count->fetch_sub(1); }
    };
    std::unique_ptr<Metrics::Counter, Leave> open; ///< counted among the open connections
    std::optional<Admission> admission; ///< none behind a proxy: the session asks for its client
};
}

struct Server::State : std::enable_shared_from_this<Server::State> {
    State(net::Loop& l, Context& c) : loop{l}, context{c}, pool{l, c} { }

    void accept(const std::string& listener, int descriptor, const net::Endpoint& peer);
    bool make_room(const Limits& limits);
    net::awaitable<void> serve(net::Stream stream, std::string listener, mail::Client client,
                               Place place);
    static net::awaitable<void> cut_off_silent(std::shared_ptr<State> state);

    net::Loop& loop;
    Context& context;
    Pool pool;
    std::vector<std::unique_ptr<net::Listener>> listeners;
    std::list<Session*> sessions; // oldest first
    bool is_draining = false;
};

Server::Server(net::Loop& loop, Context& context, std::vector<Door> doors)
    : state_{std::make_shared<State>(loop, context)}
{
    for (const Door& door : doors) {
        auto accept = [state = state_.get(), name = door.listener](int descriptor,
                                                                   const net::Endpoint& peer) {
            state->accept(name, descriptor, peer);
        };
        state_->listeners.push_back(
            std::make_unique<net::Listener>(loop, door.descriptor, std::move(accept)));
    }
}

Server::~Server() = default;

void Server::start()
{
    state_->loop.post([state = state_] {
        state->pool.bind();
        for (auto& listener : state->listeners)
            listener->start();
    });
}

/// Who stands between MAIL and its data when a drain begins may go on, but not fall silent.
net::awaitable<void> Server::State::cut_off_silent(std::shared_ptr<State> state)
{
    while (!state->sessions.empty()) {
        co_await net::sleep(std::chrono::seconds{1});
        const auto waiting = state->sessions;
        for (Session* session : waiting)
            session->reap("shutting down, try again", true);
    }
}

void Server::drain()
{
    state_->loop.post([state = state_] {
        state->is_draining = true;
        for (auto& listener : state->listeners)
            listener->stop();
        const auto waiting = state->sessions;
        for (Session* session : waiting)
            session->reap("shutting down, try again");
        state->pool.close_idle();
        state->loop.spawn("drain", State::cut_off_silent(state));
    });
}

std::size_t Server::sessions() const { return state_->sessions.size(); }

/// At the limit the session that has waited longest for a command goes first (promise §5).
bool Server::State::make_room(const Limits& limits)
{
    if (context.metrics.open_connections.load() < limits.connections)
        return true;
    if (!limits.idle_sessions_reaped)
        return false;
    const auto reap = [&](bool even_with_mail) {
        return std::ranges::any_of(sessions, [&](Session* session) {
            return session->reap("busy, try again", even_with_mail);
        });
    };
    if (!reap(false) && !reap(true))
        return false;
    context.metrics.idle_reaped.fetch_add(1);
    return true;
}

void Server::State::accept(const std::string& listener, int descriptor, const net::Endpoint& peer)
{
    const auto snapshot = context.snapshot();
    auto& metrics = context.metrics;
    metrics.connections.fetch_add(1, std::memory_order_relaxed);
    mail::Client client = client_at(peer);
    const auto& all = snapshot->settings.listeners;
    const auto settings = std::ranges::find(all, listener, &ListenerSettings::name);
    const bool is_proxied = settings != all.end() && is_listed(settings->proxy_protocol, client.ip);
    if (settings != all.end())
        place_client(client, *settings);
    std::optional<mail::Reply> refusal;
    Place place;
    const auto* scanner = context.services->scanner;
    const bool is_behind = scanner && scanner->behind() > std::chrono::seconds{15};
    if (is_behind || !make_room(snapshot->settings.limits)) {
        refusal = mail::Reply{421, "4.3.2", "busy, try again later", true};
    } else if (!is_proxied) {
        auto admission = Admission::ask(snapshot, client);
        if (admission)
            place.admission.emplace(std::move(*admission));
        else
            refusal = std::move(admission.error());
    }
    if (refusal) {
        metrics.connections_refused.fetch_add(1, std::memory_order_relaxed);
        record_client_refusal(context, client, listener, "connect", *refusal);
        return turn_away(descriptor, *refusal);
    }
    metrics.open_connections.fetch_add(1);
    place.open.reset(&metrics.open_connections);
    loop.spawn("session",
               serve(net::Stream{loop, descriptor}, listener, std::move(client), std::move(place)));
}

net::awaitable<void> Server::State::serve(net::Stream stream, std::string listener,
                                          mail::Client client, Place)
{
    const auto self = shared_from_this();
    Session session{std::move(stream), context, std::move(listener), std::move(client)};
    const auto at = sessions.insert(sessions.end(), &session);
    co_await session.run();
    sessions.erase(at);
}
}
