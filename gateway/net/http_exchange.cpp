// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_exchange.hpp"

#include "gateway/net/http_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace net {
namespace http = boost::beast::http;

namespace {
constexpr std::size_t piece_size = 64 * 1024;

/// One answer as it comes.
class Answer {
public:
    Answer(Stream stream, ExchangeLimits limits, bool is_head_only)
        : stream_{std::move(stream)}, limits_{limits}
    {
        parser_.header_limit(static_cast<std::uint32_t>(limits.header));
        parser_.body_limit(boost::none);
        parser_.skip(is_head_only);
    }
    awaitable<void> ask(std::string head, std::string body);
    HttpResponse head() const;
    static awaitable<std::string> next(std::shared_ptr<Answer> answer);

private:
    awaitable<void> read();
    awaitable<void> read_head();
    void parse();

    Stream stream_;
    ExchangeLimits limits_;
    http::response_parser<http::string_body> parser_;
    std::string input_;
};

awaitable<void> Answer::ask(std::string head, std::string body)
{
    stream_.expires_after(limits_.answer);
    stream_.queue(head);
    const std::string_view piece = body;
    try {
        co_await stream_.write(std::span{&piece, 1});
    } catch (const ConnectionLost&) {
        // It may have answered before it hung up: too large, for one.
        input_ = stream_.last_words(limits_.header);
        if (input_.empty())
            throw;
        parse();
    }
    co_await read_head();
}

awaitable<void> Answer::read_head()
{
    auto& env = Loop::current().env();
    const auto end = env.now() + limits_.answer;
    if (limits_.on_silence)
        stream_.expires_after(limits_.patience);
    while (!parser_.is_header_done()) {
        bool is_late = false;
        try {
            co_await read();
        } catch (const TimedOut&) {
            is_late = true;
        }
        if (!is_late)
            continue;
        if (!limits_.on_silence || env.now() >= end)
            throw TimedOut{};
        co_await limits_.on_silence();
        stream_.expires_after(limits_.patience);
    }
}

void Answer::parse()
{
    // Eager only behind the head: a body goes on as it comes.
    while (!input_.empty() && !parser_.is_done()) {
        boost::system::error_code error;
        const auto used = parser_.put(boost::asio::buffer(input_), error);
        input_.erase(0, used);
        if (error && error != http::error::need_more)
            throw ConnectionLost{"the answer makes no sense: " + error.message()};
        parser_.eager(parser_.is_header_done());
        if (error || used == 0)
            break;
    }
}

awaitable<void> Answer::read()
{
    const auto old = input_.size();
    input_.resize(old + piece_size);
    std::size_t size = 0;
    bool is_over = false;
    try {
        size = co_await stream_.read_some(std::span{input_}.subspan(old));
    } catch (const ConnectionLost&) {
        is_over = true;
    } catch (const TimedOut&) {
        input_.resize(old); // it may be waited for again
        throw;
    }
    input_.resize(old + size);
    parse();
    if (!is_over || parser_.is_done())
        co_return;
    boost::system::error_code error;
    if (parser_.got_some())
        parser_.put_eof(error);
    if (error || !parser_.is_done())
        throw ConnectionLost{"the answer was cut short"};
}

HttpResponse Answer::head() const
{
    const auto& message = parser_.get();
    HttpResponse response{
        .status = message.result_int(), .content_type = {}, .headers = header_map(message)};
    response.content_type = response.headers["content-type"];
    if (const auto length = parser_.content_length())
        response.length = *length;
    // How it is framed is each hop's own affair.
    for (const auto* own : {"content-type", "content-length", "connection", "transfer-encoding"})
        response.headers.erase(own);
    return response;
}

awaitable<std::string> Answer::next(std::shared_ptr<Answer> answer)
{
    auto& body = answer->parser_.get().body();
    while (body.empty() && !answer->parser_.is_done()) {
        answer->stream_.expires_after(answer->limits_.piece);
        co_await answer->read();
    }
    co_return std::exchange(body, {});
}
}

awaitable<HttpResponse> http_exchange(Stream stream, HttpRequest request, ExchangeLimits limits)
{
    auto head = head_of(request);
    if (!head)
        throw ConnectionLost{"not a request that can be sent"};
    const bool is_head_only = request.method == "HEAD";
    const auto answer = std::make_shared<Answer>(std::move(stream), limits, is_head_only);
    co_await answer->ask(std::move(*head), std::move(request.body));
    auto response = answer->head();
    response.more = [answer] { return Answer::next(answer); };
    co_return response;
}

awaitable<void> gather_body(HttpResponse& response, std::size_t limit)
{
    const auto more = std::exchange(response.more, {});
    response.length.reset();
    if (!more)
        co_return;
    for (;;) {
        auto piece = co_await more();
        if (piece.empty())
            co_return;
        response.body += piece;
        if (response.body.size() > limit)
            throw ConnectionLost{"the answer is too large"};
    }
}
}
