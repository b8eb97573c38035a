// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http.hpp"
#include "gateway/net/http_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace net {
namespace http = boost::beast::http;

namespace {
using Clock = std::chrono::steady_clock;
constexpr std::size_t response_limit = std::size_t{1} << 30;

/// A blocking connection whose every step ends by the same time.
class LocalConnection {
public:
    LocalConnection(const std::string& path, std::chrono::milliseconds limit)
        : end_{Clock::now() + limit}, path_{path}
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof address.sun_path)
            fail(ENAMETOOLONG, false);
        path.copy(address.sun_path, path.size());
        socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket_ < 0)
            fail(errno, false);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            const int error = errno;
            ::close(socket_);
            fail(error, error == ENOENT || error == ECONNREFUSED);
        }
    }
    ~LocalConnection() { ::close(socket_); }
    LocalConnection(const LocalConnection&) = delete;
    LocalConnection& operator=(const LocalConnection&) = delete;

    /// False when the other side hung up; its answer may still be there to read.
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            wait(POLLOUT);
            const ssize_t sent
                = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
                return false;
            if (sent < 0 && errno != EAGAIN && errno != EINTR)
                fail(errno, false);
            bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
        }
        return true;
    }
    /// 0 at the end.
    std::size_t receive(std::span<char> space)
    {
        for (;;) {
            wait(POLLIN);
            const ssize_t got = ::recv(socket_, space.data(), space.size(), MSG_DONTWAIT);
            if (got >= 0)
                return static_cast<std::size_t>(got);
            if (errno != EAGAIN && errno != EINTR)
                fail(errno, false);
        }
    }
    [[noreturn]] void fail(int error, bool is_unreachable) const
    {
        throw HttpFailure{fmt::format("{}: {}", path_, std::system_category().message(error)),
                          is_unreachable};
    }

private:
    void wait(short events)
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()).count();
        pollfd what{.fd = socket_, .events = events, .revents = 0};
        if (left <= 0 || ::poll(&what, 1, static_cast<int>(std::min<long>(left, 1 << 30))) == 0)
            fail(ETIMEDOUT, false);
    }
    Clock::time_point end_;
    std::string path_;
    int socket_ = -1;
};

HttpResponse receive_response(LocalConnection& connection, bool has_body)
{
    http::response_parser<http::string_body> parser;
    parser.body_limit(response_limit);
    parser.header_limit(1 << 20);
    parser.eager(true);
    parser.skip(!has_body);
    std::string input;
    while (!parser.is_done()) {
        const std::size_t old = input.size();
        input.resize(old + 64 * 1024);
        const std::size_t size = connection.receive(std::span{input}.subspan(old));
        input.resize(old + size);
        boost::system::error_code error;
        if (size == 0 && !parser.got_some())
            break;
        if (size == 0)
            parser.put_eof(error);
        else
            input.erase(0, parser.put(boost::asio::buffer(input), error));
        if (error && error != http::error::need_more)
            throw HttpFailure{"the daemon's answer makes no sense: " + error.message(), false};
        if (size == 0)
            break;
    }
    if (!parser.is_done())
        throw HttpFailure{"the daemon hung up without an answer", false};
    auto message = parser.release();
    HttpResponse response{.status = message.result_int(),
                          .content_type = {},
                          .body = std::move(message.body()),
                          .headers = header_map(message)};
    response.content_type = response.headers["content-type"];
    return response;
}
}

std::expected<HttpResponse, HttpFailure> http_over_socket(const std::string& path,
                                                          const HttpRequest& request,
                                                          std::chrono::milliseconds limit)
{
    const auto head = head_of(request);
    if (!head)
        return std::unexpected{HttpFailure{"not a request that can be sent", false}};
    try {
        LocalConnection connection{path, limit};
        if (connection.send(*head))
            connection.send(request.body);
        return receive_response(connection, request.method != "HEAD");
    } catch (const HttpFailure& failure) {
        return std::unexpected{failure};
    }
}
}
