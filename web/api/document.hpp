// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/value.hpp>

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace web {
/// Reads one JSON document (depth ≤ 32); the error is one sentence.
std::expected<boost::json::value, std::string> parse_json(std::string_view text);

/// Members of an object, read with patience: what is missing or of another kind gives nothing.
std::optional<std::string> text_member(const boost::json::value& object, std::string_view name);
bool is_member_true(const boost::json::value& object, std::string_view name);
std::vector<std::string> text_members(const boost::json::value& object, std::string_view name);
/// An array member, empty where there is none.
const boost::json::array& array_member(const boost::json::value& object, std::string_view name);
/// A number member, 0 where there is none.
double number_member(const boost::json::value& object, std::string_view name);
/// A member of any kind, null where there is none.
const boost::json::value& member_of(const boost::json::value& object, std::string_view name);
/// Writes a value that was read, with numbers as JsonWriter writes them.
std::string json_text(const boost::json::value& value);
}
