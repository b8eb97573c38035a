// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace web {
/// Writes one JSON document into a string. Calls follow the document's order; commas and nesting
/// are kept here. Text becomes valid UTF-8 whatever it was; numbers are as short as they read back
/// the same.
class JsonWriter {
public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& text(std::string_view value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// NaN and infinity have no JSON form and become null.
    JsonWriter& real(double value);
    template <std::integral T> JsonWriter& number(T value) { return raw(std::to_string(value)); }
    /// RFC 3339 in UTC with milliseconds; the epoch itself means "never" and becomes null.
    JsonWriter& time(std::chrono::system_clock::time_point value);
    /// Something that is JSON already; the caller vouches for it.
    JsonWriter& raw(std::string_view json);

    /// A member of an object in one call.
    JsonWriter& member(std::string_view name, std::string_view value)
    {
        return key(name).text(value);
    }
    JsonWriter& member(std::string_view name, const char* value) { return key(name).text(value); }
    JsonWriter& member(std::string_view name, const std::string& value)
    {
        return key(name).text(value);
    }
    JsonWriter& member(std::string_view name, bool value) { return key(name).boolean(value); }
    JsonWriter& member(std::string_view name, double value) { return key(name).real(value); }
    JsonWriter& member(std::string_view name, std::chrono::system_clock::time_point value)
    {
        return key(name).time(value);
    }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    JsonWriter& member(std::string_view name, T value)
    {
        return key(name).number(value);
    }

    const std::string& str() const { return out_; }
    std::string take() { return std::move(out_); }

private:
    void separate();
    std::string out_;
    bool needs_comma_ = false;
};

/// A JSON string with its quotes; invalid UTF-8 becomes U+FFFD.
std::string json_quoted(std::string_view text);

/// "2026-11-21T22:30:05.123Z".
std::string rfc3339(std::chrono::system_clock::time_point time);
}
