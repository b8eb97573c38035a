// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_text.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace net {
namespace {
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_blank_or_control(char c) { return c == ' ' || is_control(c); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void add_field(std::string& head, std::string_view name, std::string_view value)
{
    const bool is_sound = !name.empty() && !name.contains(':')
        && std::ranges::none_of(name, is_blank_or_control)
        && std::ranges::none_of(value, is_control);
    if (is_sound)
        fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
}

}

bool has_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

namespace {
void add_length(std::string& head, const HttpResponse& response)
{
    if (!has_body(response.status))
        return;
    const auto size = response.more
        ? response.length
        : std::optional<std::uint64_t>{
              response.lasting_body.empty() ? response.body.size() : response.lasting_body.size()};
    if (size.value_or(1) > 0)
        add_field(head, "Content-Type", response.content_type);
    if (size)
        fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *size);
    else
        add_field(head, "Transfer-Encoding", "chunked");
}

bool has_field(const HttpResponse& response, std::string_view name)
{
    return std::ranges::any_of(response.headers, [&](const auto& field) {
        return std::ranges::equal(field.first, name, {}, lower, lower);
    });
}
}

std::string head_of(const HttpResponse& response, bool keep_alive,
                    const std::map<std::string, std::string>& extra)
{
    namespace http = boost::beast::http;
    const std::string_view reason = http::obsolete_reason(http::int_to_status(response.status));
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason);
    add_length(head, response);
    for (const auto& [name, value] : response.headers)
        add_field(head, name, value);
    for (const auto& [name, value] : extra)
        if (!has_field(response, name))
            add_field(head, name, value);
    add_field(head, "Connection", keep_alive ? "keep-alive" : "close");
    return head + "\r\n";
}

HttpResponse plain_response(unsigned status)
{
    namespace http = boost::beast::http;
    const std::string_view reason = http::obsolete_reason(http::int_to_status(status));
    return {.status = status, .content_type = "text/plain", .body = std::string{reason} + "\n"};
}

std::optional<std::string> head_of(const HttpRequest& request)
{
    if (request.method.empty() || request.target.empty()
        || std::ranges::any_of(request.method, is_blank_or_control)
        || std::ranges::any_of(request.target, is_blank_or_control))
        return std::nullopt;
    std::string head = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
    if (!request.headers.contains("host"))
        add_field(head, "Host", "localhost");
    for (const auto& [name, value] : request.headers)
        add_field(head, name, value);
    add_field(head, "Connection", "close");
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n\r\n", request.body.size());
    return head;
}

std::map<std::string, std::string> header_map(const boost::beast::http::fields& fields)
{
    std::map<std::string, std::string> map;
    for (const auto& field : fields) {
        std::string name{field.name_string()};
        std::ranges::transform(name, name.begin(), lower);
        const auto [entry, is_new] = map.try_emplace(name, field.value());
        if (!is_new)
            fmt::format_to(std::back_inserter(entry->second), ", {}",
                           std::string_view{field.value()});
    }
    return map;
}
}
