// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"
#include "web/api/api.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace web {
using Response = net::HttpResponse;

/// One request, taken apart. The path is as sent, so that "ID%2FN" stays one segment; query and
/// captures are percent-decoded.
struct Request {
    std::string method, path;
    std::map<std::string, std::string, std::less<>> query;
    std::vector<std::string> captures; ///< what stood at "{…}" of the route, in order
    std::string body;

    /// A query value, "" where it is missing.
    std::string text(std::string_view name) const;
    /// The query's `limit`, 1 to 1000, 100 where it is missing or odd.
    std::size_t limit() const;
};
/// nullopt when the target is no path or has a broken escape.
std::optional<Request> parse_request(const net::HttpRequest& request);

/// Percent-decoded, or nullopt for a broken escape.
std::optional<std::string> decoded_segment(std::string_view text);

/// A JSON answer.
Response json_response(std::string body, unsigned status = 200);
/// RFC 9457 problem details. `title` is constant: it makes the type that pages translate by,
/// "/problems/no-such-message".
Response problem(unsigned status, std::string_view title, std::string_view detail = {});

/// "2026-11-21T22:30:05Z", "2026-11-21", or how long ago: "2 h".
std::optional<std::chrono::system_clock::time_point>
parse_moment(std::string_view text, std::chrono::system_clock::time_point now);
}
