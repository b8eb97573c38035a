// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"

#include <boost/beast/http/fields.hpp>

#include <map>
#include <string>
#include <string_view>

namespace net {
/// Status line and header fields with the empty line behind them. A field with control characters
/// in its name or value is left out: it could end the header.
/// `extra` fields come in where the response has none of that name.
std::string head_of(const HttpResponse& response, bool keep_alive,
                    const std::map<std::string, std::string>& extra = {});
/// 1xx, 204 and 304 have no body and say no length (RFC 9110 §8.6).
bool has_body(unsigned status);
/// A response that says its status and no more.
HttpResponse plain_response(unsigned status);
/// Request line and header fields. nullopt when method or target have blanks or control characters.
std::optional<std::string> head_of(const HttpRequest& request);

/// Header fields as a map with names in lower case; repeated ones are joined by ", " (RFC 9110
/// §5.3).
std::map<std::string, std::string> header_map(const boost::beast::http::fields& fields);
}
