// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace front {
/// The gate's answers, read with patience: what is no JSON is null, what is missing or of another
/// kind gives nothing.
boost::json::value parse_json(std::string_view text);
std::string text_member(const boost::json::value& object, std::string_view name);
bool is_member_true(const boost::json::value& object, std::string_view name);
const boost::json::value& member(const boost::json::value& object, std::string_view name);
const boost::json::array& array_member(const boost::json::value& object, std::string_view name);
/// The text that a value is.
std::string_view text_of(const boost::json::value& value);
/// A member of the object that `json` is.
std::string text_member(std::string_view json, std::string_view name);
inline std::string text_member(const std::string& json, std::string_view name)
{
    return text_member(std::string_view{json}, name);
}
/// A JSON object of texts.
std::string json_of(std::initializer_list<std::pair<std::string_view, std::string_view>> members);
}
