// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_reader.hpp"

#include "gateway/net/http_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

namespace net {
namespace http = boost::beast::http;

namespace {
using Parser = http::request_parser<http::string_body>;

unsigned status_of(const boost::system::error_code& error)
{
    if (error == http::error::header_limit)
        return 431;
    return error == http::error::body_limit ? 413 : 400;
}

/// A transfer coding that is not exactly "chunked" is framing that two servers could read in two
/// ways; so is a field that stands there twice.
bool is_framing_plain(const http::fields& head)
{
    const auto codings = head.equal_range(http::field::transfer_encoding);
    const auto lengths = head.equal_range(http::field::content_length);
    const auto has_coding = codings.first != codings.second;
    if (has_coding && lengths.first != lengths.second)
        return false;
    if (lengths.first != lengths.second && std::next(lengths.first) != lengths.second)
        return false;
    return !has_coding
        || (std::next(codings.first) == codings.second
            && boost::beast::iequals(codings.first->value(), "chunked"));
}
}

struct HttpReader::State {
    State(const HttpLimits& with, const HttpDoor& at, std::size_t& held)
        : limits{with}, door{at}, bodies{held}
    {
        renew();
    }
    ~State() { bodies -= counted; }
    void renew();
    void take_head();
    void count_body();
    HttpRequest request_of_head() const;

    const HttpLimits& limits;
    const HttpDoor& door;
    std::size_t& bodies;
    std::size_t counted = 0;
    std::string input;
    std::size_t read_from = 0; ///< where the last space began
    std::optional<Parser> parser;
    bool is_head_taken = false, may_ask_for_leave = true;
};

void HttpReader::State::renew()
{
    bodies -= std::exchange(counted, 0);
    parser.emplace();
    parser->header_limit(static_cast<std::uint32_t>(limits.header));
    parser->body_limit(boost::none);
    is_head_taken = false;
    may_ask_for_leave = true;
}

HttpRequest HttpReader::State::request_of_head() const
{
    const auto& head = parser->get();
    return {.method = std::string{head.method_string()},
            .target = std::string{head.target()},
            .headers = header_map(head)};
}

void HttpReader::State::take_head()
{
    is_head_taken = true;
    if (!is_framing_plain(parser->get()))
        throw HttpRefusal{400};
    const auto limit = door.body_limit ? door.body_limit(request_of_head()) : limits.body;
    if (parser->content_length().value_or(0) > limit)
        throw HttpRefusal{413};
    parser->body_limit(limit);
    parser->eager(true);
}

void HttpReader::State::count_body()
{
    const auto now = parser->get().body().size();
    bodies += now - counted;
    counted = now;
    if (bodies > limits.bodies)
        throw HttpRefusal{503};
}

HttpReader::HttpReader(const HttpLimits& limits, const HttpDoor& door, std::size_t& bodies)
    : state_{std::make_unique<State>(limits, door, bodies)}
{ }

HttpReader::~HttpReader() = default;
HttpReader::HttpReader(HttpReader&&) noexcept = default;

bool HttpReader::parse()
{
    State& s = *state_;
    while (!s.parser->is_done() && !s.input.empty()) {
        boost::system::error_code error;
        const std::size_t used = s.parser->put(boost::asio::buffer(s.input), error);
        s.input.erase(0, used);
        if (error && error != http::error::need_more)
            throw HttpRefusal{status_of(error)};
        if (!s.is_head_taken && s.parser->is_header_done())
            s.take_head();
        s.count_body();
        if (error || used == 0)
            break;
    }
    return s.parser->is_done();
}

bool HttpReader::has_begun() const { return !state_->input.empty() || state_->parser->got_some(); }

bool HttpReader::wants_leave()
{
    State& s = *state_;
    if (!s.is_head_taken || !std::exchange(s.may_ask_for_leave, false))
        return false;
    return boost::beast::iequals(s.parser->get()[http::field::expect], "100-continue");
}

std::span<char> HttpReader::space()
{
    State& s = *state_;
    const std::size_t room = s.is_head_taken ? 64 * 1024 : has_begun() ? 4096 : 512;
    s.read_from = s.input.size();
    s.input.resize(s.read_from + room);
    return std::span{s.input}.subspan(s.read_from);
}

void HttpReader::filled(std::size_t size) { state_->input.resize(state_->read_from + size); }

bool HttpReader::keeps_alive() const { return state_->parser->get().keep_alive(); }

HttpRequest HttpReader::take()
{
    State& s = *state_;
    auto request = s.request_of_head();
    request.body = std::move(s.parser->get().body());
    s.renew();
    return request;
}
}
