// SPDX-License-Identifier: Apache-2.0
#include "web/api/document.hpp"

#include "web/api/json.hpp"

#include <boost/json/parse.hpp>

namespace web {
namespace json = boost::json;

std::expected<json::value, std::string> parse_json(std::string_view text)
{
    json::error_code error;
    json::parse_options options;
    options.max_depth = 32;
    auto value = json::parse(json::string_view{text.data(), text.size()}, error, {}, options);
    if (error)
        return std::unexpected{"not JSON: " + error.message()};
    return value;
}

namespace {
const json::value* member(const json::value& object, std::string_view name)
{
    const auto* members = object.if_object();
    return members == nullptr ? nullptr
                              : members->if_contains(json::string_view{name.data(), name.size()});
}
}

std::optional<std::string> text_member(const json::value& object, std::string_view name)
{
    const auto* found = member(object, name);
    const auto* text = found == nullptr ? nullptr : found->if_string();
    if (text == nullptr)
        return {};
    return std::string{text->data(), text->size()};
}

bool is_member_true(const json::value& object, std::string_view name)
{
    const auto* found = member(object, name);
    const auto* value = found == nullptr ? nullptr : found->if_bool();
    return value != nullptr && *value;
}

const json::array& array_member(const json::value& object, std::string_view name)
{
    static const json::array none;
    const auto* found = member(object, name);
    const auto* items = found == nullptr ? nullptr : found->if_array();
    return items == nullptr ? none : *items;
}

std::vector<std::string> text_members(const json::value& object, std::string_view name)
{
    std::vector<std::string> texts;
    for (const auto& item : array_member(object, name))
        if (const auto* text = item.if_string())
            texts.emplace_back(text->data(), text->size());
    return texts;
}

const json::value& member_of(const json::value& object, std::string_view name)
{
    static const json::value nothing;
    const auto* found = member(object, name);
    return found == nullptr ? nothing : *found;
}

double number_member(const json::value& object, std::string_view name)
{
    const auto& value = member_of(object, name);
    return value.is_number() ? value.to_number<double>() : 0;
}

namespace {
void write_scalar(JsonWriter& out, const json::value& value)
{
    if (const auto* text = value.if_string())
        out.text({text->data(), text->size()});
    else if (const auto* truth = value.if_bool())
        out.boolean(*truth);
    else if (const auto* number = value.if_int64())
        out.number(*number);
    else if (const auto* positive = value.if_uint64())
        out.number(*positive);
    else if (const auto* real = value.if_double())
        out.real(*real);
    else
        out.null();
}

/// An array or object that is being written, and how far.
struct Open {
    const json::value* value;
    std::size_t next = 0;
};

void begin(JsonWriter& out, const json::value& value, std::vector<Open>& open)
{
    if (value.is_array())
        out.begin_array();
    else if (value.is_object())
        out.begin_object();
    else
        return write_scalar(out, value);
    open.push_back({&value});
}
}

std::string json_text(const json::value& value)
{
    JsonWriter out;
    std::vector<Open> open;
    begin(out, value, open);
    while (!open.empty()) {
        const json::value& here = *open.back().value;
        const std::size_t next = open.back().next++;
        if (const auto* items = here.if_array()) {
            if (next < items->size()) {
                begin(out, (*items)[next], open);
                continue;
            }
            out.end_array();
        } else {
            const auto& members = here.get_object();
            if (next < members.size()) {
                const auto& pair = *(members.begin() + static_cast<std::ptrdiff_t>(next));
                out.key({pair.key().data(), pair.key().size()});
                begin(out, pair.value(), open);
                continue;
            }
            out.end_object();
        }
        open.pop_back();
    }
    return out.take();
}
}
