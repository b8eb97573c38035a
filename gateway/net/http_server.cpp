// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http.hpp"
#include "gateway/net/http_text.hpp"
#include "gateway/net/listener.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <spdlog/spdlog.h>

#include <set>
#include <sys/socket.h>

namespace net {
namespace http = boost::beast::http;

namespace {
using Parser = http::request_parser<http::string_body>;

/// Ends a connection with this status.
struct Refusal {
    unsigned status;
};

unsigned peer_uid(int descriptor, const Endpoint& peer)
{
    ucred credentials{};
    socklen_t length = sizeof credentials;
    const bool is_known = peer.is_local_socket
        && ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
    return is_known ? credentials.uid : ~0U;
}

unsigned status_of(const boost::system::error_code& error)
{
    if (error == http::error::header_limit)
        return 431;
    return error == http::error::body_limit ? 413 : 400;
}

HttpResponse plain(unsigned status)
{
    const std::string_view reason = http::obsolete_reason(http::int_to_status(status));
    return {.status = status, .content_type = "text/plain", .body = std::string{reason} + "\n"};
}
}

struct HttpServer::State {
    struct Connection {
        Stream stream;
        unsigned uid;
        std::string input; ///< read and not parsed yet: pipelined requests
        bool is_busy = false;
    };
    State(Loop& on, int descriptor, HttpHandler answer, HttpLimits with)
        : loop{on}, handler{std::move(answer)}, limits{with},
          listener{on, descriptor,
                   [this](int socket, const Endpoint& peer) { accept(socket, peer); }}
    { }
    void accept(int socket, const Endpoint& peer);
    static awaitable<void> serve(std::shared_ptr<State> state, Stream stream, unsigned uid);
    awaitable<void> converse(Connection& connection);
    awaitable<HttpResponse> answer(HttpRequest request);
    awaitable<void> read(Connection& connection, Parser& parser);
    awaitable<void> respond(Connection& connection, HttpResponse response, bool keep_alive,
                            bool has_body);
    static bool parse(Connection& connection, Parser& parser);

    Loop& loop;
    HttpHandler handler;
    HttpLimits limits;
    std::set<Connection*> connections;
    std::weak_ptr<State> self;
    bool is_stopped = false;
    Listener listener;
};

void HttpServer::State::accept(int socket, const Endpoint& peer)
{
    const unsigned uid = peer_uid(socket, peer);
    Stream stream{loop, socket};
    if (connections.size() >= limits.connections) {
        const HttpResponse busy = plain(503);
        stream.queue(head_of(busy, false));
        stream.queue(busy.body);
        stream.close();
        return;
    }
    loop.spawn("HTTP connection", serve(self.lock(), std::move(stream), uid));
}

awaitable<void> HttpServer::State::serve(std::shared_ptr<State> state, Stream stream, unsigned uid)
{
    Connection connection{std::move(stream), uid, {}};
    struct Listed {
        State& in;
        Connection& which;
        ~Listed() { in.connections.erase(&which); }
    } listed{*state, connection};
    state->connections.insert(&connection);
    unsigned refusal = 0;
    try {
        co_await state->converse(connection);
    } catch (const Refusal& refused) {
        refusal = refused.status;
    } catch (const TimedOut&) {
        refusal = connection.is_busy ? 408 : 0;
    } catch (const ConnectionLost&) {
        co_return; // a client may leave when it likes
    }
    if (refusal != 0) {
        const HttpResponse response = plain(refusal);
        connection.stream.expires_after(state->limits.request);
        connection.stream.queue(head_of(response, false));
        connection.stream.queue(response.body);
    }
    connection.stream.close();
}

awaitable<void> HttpServer::State::converse(Connection& connection)
{
    bool keep_alive = true;
    while (keep_alive && !is_stopped) {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(limits.header));
        parser.body_limit(limits.body);
        parser.eager(true);
        connection.is_busy = false;
        connection.stream.expires_after(limits.idle);
        co_await read(connection, parser);
        auto message = parser.release();
        HttpRequest request{.method = std::string{message.method_string()},
                            .target = std::string{message.target()},
                            .headers = header_map(message),
                            .body = std::move(message.body()),
                            .peer = connection.stream.peer(),
                            .peer_uid = connection.uid};
        const bool has_body = request.method != "HEAD";
        auto response = co_await answer(std::move(request));
        keep_alive = message.keep_alive() && !is_stopped;
        co_await respond(connection, std::move(response), keep_alive, has_body);
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
    co_return plain(500);
}

/// Feeds what has been read; true when the request is whole.
bool HttpServer::State::parse(Connection& connection, Parser& parser)
{
    if (connection.input.empty())
        return false;
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(connection.input), error);
    connection.input.erase(0, used);
    if (error && error != http::error::need_more)
        throw Refusal{status_of(error)};
    return parser.is_done();
}

awaitable<void> HttpServer::State::read(Connection& connection, Parser& parser)
{
    bool may_continue = true;
    Stream& stream = connection.stream;
    while (!parse(connection, parser)) {
        if (!connection.is_busy && !connection.input.empty()) {
            connection.is_busy = true;
            stream.expires_after(limits.request);
        }
        if (may_continue && parser.is_header_done()) {
            may_continue = false;
            if (boost::beast::iequals(parser.get()[http::field::expect], "100-continue"))
                stream.queue("HTTP/1.1 100 Continue\r\n\r\n");
        }
        const std::size_t old = connection.input.size();
        // Small at first, so that an idle connection holds little.
        const std::size_t room = parser.is_header_done() ? 64 * 1024
            : connection.is_busy                         ? 4096
                                                         : 512;
        connection.input.resize(old + room);
        const std::size_t size
            = co_await stream.read_some(std::span{connection.input}.subspan(old));
        connection.input.resize(old + size);
    }
    connection.is_busy = true;
}

awaitable<void> HttpServer::State::respond(Connection& connection, HttpResponse response,
                                           bool keep_alive, bool has_body)
{
    connection.stream.expires_after(limits.request);
    connection.stream.queue(head_of(response, keep_alive));
    const std::string_view body = response.body;
    co_await connection.stream.write(std::span{&body, has_body ? 1U : 0U});
}

HttpServer::HttpServer(Loop& loop, int descriptor, HttpHandler handler, HttpLimits limits)
    : state_{std::make_shared<State>(loop, descriptor, std::move(handler), limits)}
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
    for (State::Connection* connection : state_->connections)
        if (!connection->is_busy)
            connection->stream.cancel();
}
}
