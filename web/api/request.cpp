// SPDX-License-Identifier: Apache-2.0
#include "web/api/request.hpp"

#include "filters/units.hpp"
#include "web/api/json.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace web {
namespace {
int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> decoded(std::string_view text, bool is_query)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && is_query) {
            out += ' ';
        } else if (text[at] != '%') {
            out += text[at];
        } else {
            if (at + 2 >= text.size() || hex_value(text[at + 1]) < 0 || hex_value(text[at + 2]) < 0)
                return {};
            out += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
            at += 2;
        }
    }
    return out;
}

bool read_query(std::string_view text, Request& request)
{
    while (!text.empty()) {
        const auto pair = text.substr(0, std::min(text.find('&'), text.size()));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = decoded(pair.substr(0, equals), true);
        const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value || request.query.size() >= 64)
            return false;
        request.query.insert_or_assign(*name, *value);
    }
    return true;
}
}

std::optional<std::string> decoded_segment(std::string_view text) { return decoded(text, false); }

std::string Request::text(std::string_view name) const
{
    const auto found = query.find(name);
    return found == query.end() ? "" : found->second;
}

std::size_t Request::limit() const
{
    const auto number = filters::parse_number(text("limit")).value_or(100);
    return number < 1 || number > 1000 ? 100 : static_cast<std::size_t>(number);
}

std::optional<Request> parse_request(const net::HttpRequest& request)
{
    const std::string_view target = request.target;
    const auto question = std::min(target.find('?'), target.size());
    Request parsed;
    if (!target.starts_with('/')
        || !read_query(target.substr(std::min(question + 1, target.size())), parsed))
        return {};
    parsed.method = request.method;
    parsed.path = target.substr(0, question);
    parsed.body = request.body;
    return parsed;
}

Response json_response(std::string body, unsigned status)
{
    return {status, "application/json", std::move(body), {{"cache-control", "no-store"}}};
}

/// Titles are constants of ours, so that each names one type.
static std::string problem_type(std::string_view title)
{
    std::string type = "/problems/";
    for (const char c : title)
        type += c == ' ' ? '-' : c;
    return type;
}

Response problem(unsigned status, std::string_view title, std::string_view detail)
{
    JsonWriter json;
    json.begin_object()
        .member("type", problem_type(title))
        .member("title", title)
        .member("status", status);
    if (!detail.empty())
        json.member("detail", detail);
    json.end_object();
    return {status, "application/problem+json", json.take(), {{"cache-control", "no-store"}}};
}

namespace {
/// Digits at a fixed place, as a number.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count)
{
    int value = 0;
    if (text.size() < at + count)
        return {};
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + count, value);
    if (error != std::errc{} || end != text.data() + at + count || value < 0)
        return {};
    return value;
}
}

std::optional<std::chrono::system_clock::time_point>
parse_moment(std::string_view text, std::chrono::system_clock::time_point now)
{
    if (const auto ago = filters::parse_duration(text))
        return now - *ago;
    const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-')
        return {};
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    // A system_clock in nanoseconds ends in 2262.
    if (!date.ok() || *year < 1900 || *year > 2261)
        return {};
    const std::chrono::system_clock::time_point midnight = std::chrono::sys_days{date};
    if (text.size() == 10)
        return midnight;
    const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2),
               second = digits(text, 17, 2);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60
        || !text.ends_with('Z') || text[13] != ':' || text[16] != ':')
        return {};
    return midnight + std::chrono::hours{*hour} + std::chrono::minutes{*minute}
    + std::chrono::seconds{*second};
}
}
