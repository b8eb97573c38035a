// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http.hpp"
#include "gateway/net/http_reader.hpp"
#include "gateway/net/http_text.hpp"
#include "gateway/net/listener.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <list>
#include <set>
#include <sys/socket.h>

namespace net {
namespace {
/// A piece of a body that is sent within one deadline.
constexpr std::size_t write_piece = 256 * 1024;
/// What a client that connected just before stop() still has for its request.
constexpr std::chrono::seconds first_words{2};
constexpr char tls_handshake = 0x16; ///< RFC 8446 §5.1

unsigned peer_uid(int descriptor, const Endpoint& peer)
{
    ucred credentials{};
    socklen_t length = sizeof credentials;
    const bool is_known = peer.is_local_socket
        && ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
    return is_known ? credentials.uid : ~0U;
}

bool is_in_host(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || std::string_view{"-._~:[]"}.contains(c);
}

/// Somebody spoke plain HTTP where TLS is meant.
HttpResponse to_https(HttpRequest& request)
{
    const std::string& host = request.headers["host"];
    auto response = plain_response(400);
    response.body = "this is an HTTPS port\n";
    const bool is_safe = request.method == "GET" || request.method == "HEAD";
    if (!is_safe || host.empty() || !std::ranges::all_of(host, is_in_host)
        || !request.target.starts_with('/'))
        return response;
    response.status = 308;
    response.headers["Location"] = "https://" + host + request.target;
    return response;
}
}

struct HttpServer::State {
    struct Connection {
        Stream stream;
        unsigned uid;
        HttpReader reader;
        bool is_busy = false;
        std::list<Connection*>::iterator idle_at{};
        bool is_stranger = false;
        bool is_new = true; ///< has had no answer yet: its request may be on the way
    };
    State(Loop& on, int descriptor, HttpHandler answer, HttpLimits with, HttpDoor at)
        : loop{on}, handler{std::move(answer)}, limits{with}, door{std::move(at)},
          listener{on, descriptor,
                   [this](int socket, const Endpoint& peer) { accept(socket, peer); }}
    { }
    void accept(int socket, const Endpoint& peer);
    bool is_stranger(const Endpoint& peer) const;
    bool has_room_for(const Endpoint& peer);
    void set_busy(Connection& connection, bool is_busy);
    static awaitable<void> serve(std::shared_ptr<State> state, Stream stream, unsigned uid);
    awaitable<void> begin(Connection& connection);
    awaitable<void> converse(Connection& connection);
    awaitable<void> read(Connection& connection);
    awaitable<HttpResponse> answer(HttpRequest request);
    awaitable<void> respond(Connection& connection, HttpResponse response, bool keep_alive,
                            bool wants_body);
    awaitable<void> send_pieces(Stream& stream, const HttpResponse& response);

    Loop& loop;
    HttpHandler handler;
    HttpLimits limits;
    HttpDoor door;
    std::set<Connection*> connections;
    std::list<Connection*> idle; ///< longest first
    std::map<std::string, std::size_t> sources; ///< connections of each address
    std::size_t strangers = 0; ///< connections of theirs
    std::size_t bodies = 0; ///< octets of bodies held by all connections
    std::weak_ptr<State> self;
    bool is_stopped = false;
    Listener listener;
};

bool HttpServer::State::is_stranger(const Endpoint& peer) const
{
    return door.is_stranger && door.is_stranger(peer);
}

bool HttpServer::State::has_room_for(const Endpoint& peer)
{
    if (strangers >= limits.strangers && is_stranger(peer))
        return false;
    const auto own = sources.find(peer.address());
    if (limits.connections_per_source > 0 && own != sources.end()
        && own->second >= limits.connections_per_source
        && !(door.is_exempt && door.is_exempt(peer)))
        return false;
    if (connections.size() < limits.connections)
        return true;
    if (!limits.is_idle_reaped || idle.empty())
        return false;
    // Its coroutine ends a turn later: there may be some more than the limit for a moment.
    Connection& oldest = *idle.front();
    set_busy(oldest, true);
    oldest.stream.cancel();
    return true;
}

void HttpServer::State::accept(int socket, const Endpoint& peer)
{
    const unsigned uid = peer_uid(socket, peer);
    Stream stream{loop, socket};
    if (!has_room_for(peer)) {
        if (!door.tls) {
            const HttpResponse full = plain_response(503);
            stream.queue(head_of(full, false, door.headers));
            stream.queue(full.body);
        }
        stream.close();
        return;
    }
    loop.spawn("HTTP connection", serve(self.lock(), std::move(stream), uid));
}

void HttpServer::State::set_busy(Connection& connection, bool is_busy)
{
    if (std::exchange(connection.is_busy, is_busy) == is_busy)
        return;
    if (is_busy)
        idle.erase(connection.idle_at);
    else
        connection.idle_at = idle.insert(idle.end(), &connection);
}

awaitable<void> HttpServer::State::serve(std::shared_ptr<State> state, Stream stream, unsigned uid)
{
    Connection connection{
        std::move(stream), uid, {state->limits, state->door, state->bodies}, true};
    struct Listed {
        State& in;
        Connection& which;
        std::string source;
        ~Listed()
        {
            in.set_busy(which, true);
            in.connections.erase(&which);
            in.strangers -= which.is_stranger ? 1 : 0;
            if (--in.sources[source] == 0)
                in.sources.erase(source);
        }
    } listed{*state, connection, connection.stream.peer().address()};
    state->connections.insert(&connection);
    connection.is_stranger = state->is_stranger(connection.stream.peer());
    state->strangers += connection.is_stranger ? 1 : 0;
    ++state->sources[listed.source];
    state->set_busy(connection, false);
    unsigned refusal = 0;
    try {
        co_await state->begin(connection);
    } catch (const HttpRefusal& refused) {
        refusal = refused.status;
    } catch (const TimedOut&) {
        refusal = connection.is_busy ? 408 : 0;
    } catch (const ConnectionLost&) {
        co_return; // a client may leave when it likes
    }
    if (refusal != 0) {
        const HttpResponse response = plain_response(refusal);
        connection.stream.expires_after(state->limits.request);
        connection.stream.queue(head_of(response, false, state->door.headers));
        connection.stream.queue(response.body);
    }
    connection.stream.close();
}

awaitable<void> HttpServer::State::begin(Connection& connection)
{
    Stream& stream = connection.stream;
    stream.expires_after(limits.idle);
    if (!door.tls)
        co_return co_await converse(connection);
    const char first = co_await stream.peek();
    stream.expires_after(limits.request);
    if (first == tls_handshake) {
        co_await stream.start_tls(door.tls);
        co_return co_await converse(connection);
    }
    co_await read(connection);
    auto request = connection.reader.take();
    const bool wants_body = request.method != "HEAD";
    co_await respond(connection, to_https(request), false, wants_body);
}

awaitable<void> HttpServer::State::converse(Connection& connection)
{
    bool keep_alive = true;
    while (keep_alive) {
        set_busy(connection, false);
        connection.stream.expires_after(is_stopped ? first_words : limits.idle);
        co_await read(connection);
        keep_alive = connection.reader.keeps_alive();
        auto request = connection.reader.take();
        request.peer = connection.stream.peer();
        request.peer_uid = connection.uid;
        request.is_tls = connection.stream.is_tls();
        const bool wants_body = request.method != "HEAD";
        auto response = co_await answer(std::move(request));
        keep_alive = keep_alive && !is_stopped;
        co_await respond(connection, std::move(response), keep_alive, wants_body);
        connection.is_new = false;
        keep_alive = keep_alive && !is_stopped;
    }
}

awaitable<HttpResponse> HttpServer::State::answer(HttpRequest request)
{
    const std::string what = request.method + " " + request.target;
    try {
        co_return co_await handler(std::move(request));
    } catch (const std::exception& error) {
        spdlog::error("{}: {}", what, error.what());
    }
    co_return plain_response(500);
}

awaitable<void> HttpServer::State::read(Connection& connection)
{
    Stream& stream = connection.stream;
    HttpReader& reader = connection.reader;
    while (!reader.parse()) {
        if (!connection.is_busy && reader.has_begun()) {
            set_busy(connection, true);
            stream.expires_after(limits.request);
        }
        if (reader.wants_leave())
            stream.queue("HTTP/1.1 100 Continue\r\n\r\n");
        const auto space = reader.space();
        reader.filled(co_await stream.read_some(space));
    }
    set_busy(connection, true);
}

awaitable<void> HttpServer::State::respond(Connection& connection, HttpResponse response,
                                           bool keep_alive, bool wants_body)
{
    Stream& stream = connection.stream;
    const bool sends_body = wants_body && has_body(response.status);
    stream.expires_after(limits.request);
    stream.queue(head_of(response, keep_alive, door.headers));
    if (response.more && sends_body)
        co_return co_await send_pieces(stream, response);
    std::string_view body;
    if (sends_body && !response.more)
        body = response.lasting_body.empty() ? response.body : response.lasting_body;
    do {
        const auto piece = body.substr(0, write_piece);
        stream.expires_after(limits.request);
        co_await stream.write(std::span{&piece, 1});
        body.remove_prefix(piece.size());
    } while (!body.empty());
}

awaitable<void> HttpServer::State::send_pieces(Stream& stream, const HttpResponse& response)
{
    const bool is_chunked = !response.length;
    for (;;) {
        std::string piece;
        try {
            piece = co_await response.more();
        } catch (const std::exception& error) {
            throw ConnectionLost{error.what()};
        }
        const auto size = is_chunked ? fmt::format("{:x}\r\n", piece.size()) : std::string{};
        const std::string_view end = is_chunked ? "\r\n" : "";
        const std::array<std::string_view, 3> all{size, piece, end};
        stream.expires_after(limits.request);
        co_await stream.write(all);
        if (piece.empty())
            co_return;
    }
}

HttpServer::HttpServer(Loop& loop, int descriptor, HttpHandler handler, HttpLimits limits,
                       HttpDoor door)
    : state_{std::make_shared<State>(loop, descriptor, std::move(handler), limits, std::move(door))}
{
    state_->self = state_;
}

HttpServer::~HttpServer()
{
    stop();
    for (State::Connection* connection : state_->connections)
        connection->stream.cancel();
}

void HttpServer::start() { state_->listener.start(); }

void HttpServer::stop()
{
    state_->is_stopped = true;
    state_->listener.stop();
    for (State::Connection* connection : state_->connections) {
        if (connection->is_busy)
            continue;
        if (connection->is_new)
            connection->stream.expires_after(first_words);
        else
            connection->stream.cancel();
    }
}

std::size_t HttpServer::connections() const { return state_->connections.size(); }
std::size_t HttpServer::busy() const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(state_->connections, [](const State::Connection* connection) {
            return connection->is_busy || connection->is_new;
        }));
}
}
