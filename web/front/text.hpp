// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace front {
/// A target of a request taken apart.
struct Target {
    std::string_view path; ///< as sent, before '?'
    std::string_view query;
};
Target target_of(std::string_view target);

/// Fields of a form or query, decoded; of several with one name the first counts.
using Fields = std::map<std::string, std::string, std::less<>>;
/// Reads application/x-www-form-urlencoded: at most 200 fields; what is broken is taken as it
/// stands.
Fields parse_fields(std::string_view text);
/// The field of that name, "" where there is none.
const std::string& field(const Fields& fields, std::string_view name);
/// Text as a value in a query.
std::string encoded(std::string_view text);

/// The value of a cookie in the field Cookie (RFC 6265 §5.4); nullopt where there is none, or more
/// than one of that name, which somebody else's page may have planted.
std::optional<std::string> cookie(std::string_view header, std::string_view name);

/// A path of our own pages that a sign-in may lead to: "/…", never another site; else "/".
std::string safe_path(std::string_view wanted);

std::string_view trimmed(std::string_view text);
/// ASCII alone.
std::string lower_case(std::string_view text);
/// What stands before and behind the first `separator`; nothing behind where there is none.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator);
}
