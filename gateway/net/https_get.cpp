// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/https_get.hpp"

#include "gateway/net/http_text.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace net {
namespace http = boost::beast::http;

namespace {
using Fetched = std::expected<HttpsAnswer, std::string>;

bool is_plain(char c) { return c > ' ' && c <= '~' && c != '#' && c != '\\'; }

/// One whole answer.
awaitable<Fetched> read_answer(Stream& stream, std::size_t most)
{
    http::response_parser<http::string_body> parser;
    parser.body_limit(most);
    parser.header_limit(32 * 1024);
    parser.eager(true);
    std::string input;
    while (!parser.is_done()) {
        constexpr std::size_t piece = 64 * 1024;
        const auto old = input.size();
        input.resize(old + piece);
        std::size_t size = 0;
        bool is_over = false;
        try {
            size = co_await stream.read_some(std::span{input}.subspan(old));
        } catch (const ConnectionLost&) {
            is_over = true;
        }
        input.resize(old + size);
        boost::system::error_code error;
        if (is_over) {
            parser.put_eof(error); // an answer without a length is whole now
            break;
        }
        input.erase(0, parser.put(boost::asio::buffer(input), error));
        if (error == http::error::body_limit)
            co_return std::unexpected{fmt::format("it is larger than {} octets", most)};
        if (error && error != http::error::need_more)
            co_return std::unexpected{"the answer makes no sense: " + error.message()};
    }
    if (!parser.is_done())
        co_return std::unexpected{std::string{"the answer was cut short"}};
    co_return HttpsAnswer{parser.get().result_int(), std::move(parser.get().body())};
}

awaitable<Fetched> ask(Endpoint server, const HttpsAddress& address, const HttpRequest& request,
                       std::shared_ptr<const TlsContext> context, FetchLimits limits)
{
    auto stream = co_await Stream::connect(server, limits.connect);
    stream.expires_after(limits.connect);
    co_await stream.start_tls(std::move(context), address.host);
    stream.expires_after(limits.all);
    const auto head = head_of(request);
    if (!head)
        co_return std::unexpected{std::string{"no request can be made of it"}};
    stream.queue(*head);
    stream.queue(request.body);
    co_await stream.flush();
    auto answer = co_await read_answer(stream, limits.body);
    stream.close();
    co_return answer;
}
}

std::optional<HttpsAddress> parse_https_address(std::string_view text)
{
    constexpr std::string_view scheme = "https://";
    constexpr std::size_t longest = 2000;
    if (!text.starts_with(scheme) || text.size() > longest || !std::ranges::all_of(text, is_plain))
        return {};
    text.remove_prefix(scheme.size());
    const auto slash = std::min(text.find_first_of("/?"), text.size());
    const auto authority = text.substr(0, slash);
    HttpsAddress address{.host = std::string{authority},
                         .target = std::string{text.substr(slash)},
                         .authority = std::string{authority}};
    if (!address.target.starts_with('/'))
        address.target.insert(0, "/");
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    if (colon != authority.npos && (bracket == authority.npos || colon > bracket)) {
        const auto port = parse_port(authority.substr(colon + 1));
        if (!port || *port == 0)
            return {};
        address.port = *port;
        address.host.resize(colon);
    }
    if (address.host.starts_with('[') && address.host.ends_with(']'))
        address.host = address.host.substr(1, address.host.size() - 2);
    if (address.host.empty() || address.host.find_first_of("@[]") != address.host.npos)
        return {};
    return address;
}

awaitable<std::expected<HttpsAnswer, std::string>>
https_send(Resolver& resolver, HttpsAddress address, HttpRequest request,
           std::shared_ptr<const TlsContext> context, FetchLimits limits, MayReach may_reach)
{
    auto servers = co_await resolver.addresses(address.host, address.port);
    co_return co_await https_send(std::move(servers), std::move(address), std::move(request),
                                  std::move(context), limits, std::move(may_reach));
}

awaitable<std::expected<HttpsAnswer, std::string>>
https_send(std::vector<Endpoint> servers, HttpsAddress address, HttpRequest request,
           std::shared_ptr<const TlsContext> context, FetchLimits limits, MayReach may_reach)
{
    request.target = address.target;
    request.headers["host"] = address.authority;
    request.headers["accept-encoding"] = "identity";
    request.headers["user-agent"] = "mailweir";
    std::string why = "its name has no address";
    for (const auto& server : servers) {
        if (may_reach && !may_reach(server)) {
            why = server.to_string() + " is not to be reached";
            continue;
        }
        try {
            co_return co_await ask(server, address, request, context, limits);
        } catch (const std::exception& error) {
            why = fmt::format("{}: {}", server.to_string(), error.what());
        }
    }
    co_return std::unexpected{std::move(why)};
}

awaitable<std::expected<std::string, std::string>>
https_get(Resolver& resolver, HttpsAddress address, std::shared_ptr<const TlsContext> context,
          FetchLimits limits)
{
    auto answer = co_await https_send(resolver, std::move(address), {.method = "GET"},
                                      std::move(context), limits);
    if (!answer)
        co_return std::unexpected{std::move(answer.error())};
    if (answer->status != 200)
        co_return std::unexpected{fmt::format("the server answered {}", answer->status)};
    co_return std::move(answer->body);
}
}
