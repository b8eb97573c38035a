// SPDX-License-Identifier: Apache-2.0
// What reaches the API before a handler: target, query, route, JSON body, CSV, pasted texts. First
// line: method and target; the rest: the body.
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/list_scope.hpp"
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"
#include "web/api/trace_query.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {
const std::chrono::system_clock::time_point now
    = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

/// Boost.JSON may round the last digit of a long number, each time it reads it anew.
void forget_reals(boost::json::value& root)
{
    std::vector<boost::json::value*> left{&root};
    while (!left.empty()) {
        auto& one = *left.back();
        left.pop_back();
        if (one.is_double())
            one = 0;
        else if (auto* array = one.if_array())
            for (auto& item : *array)
                left.push_back(&item);
        else if (auto* object = one.if_object())
            for (auto& [name, member] : *object)
                left.push_back(&member);
    }
}

/// What is written can be read again and is written the same.
void check_json(std::string_view body)
{
    auto value = web::parse_json(body);
    if (!value || !web::parse_json(web::json_text(*value)))
        return value ? __builtin_trap() : void();
    forget_reals(*value);
    const auto text = web::json_text(*value);
    const auto again = web::parse_json(text);
    if (!again || web::json_text(*again) != text)
        __builtin_trap();
    web::text_members(*value, "ids");
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    const auto line = all.substr(0, std::min(all.find('\n'), all.size()));
    const auto body = all.substr(std::min(line.size() + 1, all.size()));
    net::HttpRequest request;
    request.method = line.substr(0, std::min(line.find(' '), line.size()));
    request.target = line.substr(std::min(request.method.size() + 1, line.size()));
    request.body = body;
    if (const auto parsed = web::parse_request(request)) {
        const auto match = web::match_route(web::routes(), parsed->method, parsed->path);
        if (match.route != nullptr && match.status != 200)
            __builtin_trap();
        for (const auto& capture : match.captures)
            web::parse_named(web::decoded_segment(capture).value_or(""));
        for (const auto& [name, value] : parsed->query) {
            web::parse_moment(value, now);
            web::parse_scope(value);
        }
    }
    check_json(body);
    if (!web::parse_json(web::json_quoted(body)))
        __builtin_trap();
    for (const auto& imported : web::parse_list_csv(body, "", now))
        if (imported.line < 1)
            __builtin_trap();
    web::parse_trace_query(body, now);
    return 0;
}
