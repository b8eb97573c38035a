// SPDX-License-Identifier: Apache-2.0
#include "web/front/json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace front {
boost::json::value parse_json(std::string_view text)
{
    boost::system::error_code error;
    auto value = boost::json::parse(text, error, {}, {.max_depth = 32});
    return error ? boost::json::value{} : value;
}

const boost::json::value& member(const boost::json::value& object, std::string_view name)
{
    static const boost::json::value none;
    const auto* members = object.if_object();
    const auto* found = members == nullptr ? nullptr : members->if_contains(name);
    return found == nullptr ? none : *found;
}

std::string text_member(const boost::json::value& object, std::string_view name)
{
    const auto* text = member(object, name).if_string();
    return text == nullptr ? std::string{} : std::string{text->data(), text->size()};
}

std::string_view text_of(const boost::json::value& value)
{
    const auto* text = value.if_string();
    return text == nullptr ? std::string_view{} : std::string_view{text->data(), text->size()};
}

bool is_member_true(const boost::json::value& object, std::string_view name)
{
    const auto* truth = member(object, name).if_bool();
    return truth != nullptr && *truth;
}

const boost::json::array& array_member(const boost::json::value& object, std::string_view name)
{
    static const boost::json::array none;
    const auto* array = member(object, name).if_array();
    return array == nullptr ? none : *array;
}

std::string text_member(std::string_view json, std::string_view name)
{
    return text_member(parse_json(json), name);
}

std::string json_of(std::initializer_list<std::pair<std::string_view, std::string_view>> members)
{
    boost::json::object object;
    for (const auto& [name, value] : members)
        object[name] = value;
    return boost::json::serialize(object);
}
}
