// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_head.hpp"

#include "gateway/net/http_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <array>

namespace net {
namespace http = boost::beast::http;

awaitable<HttpHead> http_head(Stream stream, std::string host, std::string target)
{
    constexpr std::uint32_t longest_header = 16 * 1024;
    const auto request = head_of(HttpRequest{
        .method = "HEAD",
        .target = std::move(target),
        .headers = {{"host", std::move(host)}, {"user-agent", "mailweir"}, {"accept", "*/*"}}});
    if (!request)
        co_return HttpHead{};
    stream.queue(*request);
    http::response_parser<http::empty_body> parser;
    parser.header_limit(longest_header);
    parser.skip(true); // the answer to HEAD has no body, whatever it says
    std::string input;
    std::array<char, 2048> space;
    while (!parser.is_header_done()) {
        const auto size = co_await stream.read_some(space);
        input.append(space.data(), size);
        boost::system::error_code error;
        const auto used = parser.put(boost::asio::buffer(input), error);
        input.erase(0, used);
        if (error && error != http::error::need_more)
            co_return HttpHead{};
    }
    stream.close();
    const auto& response = parser.get();
    const auto location = response[http::field::location];
    co_return HttpHead{response.result_int(), std::string{location.data(), location.size()}};
}
}
