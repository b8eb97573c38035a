// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"
#include "filters/scan/scan.hpp"
#include "gateway/mail/finding.hpp"

#include <boost/pfr/core.hpp>

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace filters {
/// How structs travel between two processes of one program: member by member, by their types alone.
/// Who adds a member to Content or to what it holds has nothing to do here, unless its type is new:
/// an enum needs its last value below, a longer list its bound, a name in static memory a table.

/// The longest text that travels.
inline constexpr std::size_t longest_text = 64U << 10;

/// The longest list of T that travels.
template <class T> inline constexpr std::size_t longest_list = 4096;
template <> inline constexpr std::size_t longest_list<std::uint32_t> = 1U << 17;
template <> inline constexpr std::size_t longest_list<char> = 4U << 20; // a reading
template <> inline constexpr std::size_t longest_list<content::File> = 16'384;
template <> inline constexpr std::size_t longest_list<LayerCost> = 100;

/// The last value of an enum whose values begin with 0 and have no gaps.
template <class E>
inline constexpr E last_of = [] {
    static_assert(sizeof(E) == 0, "name the last value of this enum in filters/scan/octets.hpp");
    return E{};
}();
template <> inline constexpr auto last_of<content::Kind> = content::Kind::java;
template <> inline constexpr auto last_of<content::HtmlLink::Kind> = content::HtmlLink::Kind::other;
template <> inline constexpr auto last_of<content::Link::Source> = content::Link::Source::document;
template <>
inline constexpr auto last_of<content::Fingerprint::Kind> = content::Fingerprint::Kind::picture;
template <>
inline constexpr auto last_of<content::ReceivedReport::Kind> = content::ReceivedReport::Kind::abuse;

template <class T> inline constexpr bool is_list = false;
template <class T> inline constexpr bool is_list<std::vector<T>> = true;
template <class T> inline constexpr bool is_array = false;
template <class T, std::size_t N> inline constexpr bool is_array<std::array<T, N>> = true;
template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

/// Where the names in static memory stand that a T may have.
template <class T>
concept Named = std::same_as<T, content::Oddity> || std::same_as<T, mail::Finding>
    || std::same_as<T, LayerCost>;
/// The name of this text that never goes away; empty: there is none, and whoever speaks of it lies.
template <Named T> std::string_view known_name(std::string_view text);
template <> std::string_view known_name<content::Oddity>(std::string_view text);
template <> std::string_view known_name<mail::Finding>(std::string_view text);
template <> std::string_view known_name<LayerCost>(std::string_view text);

/// Cuts texts that are too long. False: a list is too long, and nothing says what may be left out.
template <class T> bool confine(T& value)
{
    if constexpr (std::is_same_v<T, std::string>) {
        if (value.size() > longest_text)
            value.resize(longest_text);
        return true;
    } else if constexpr (is_list<T> || is_array<T>) {
        bool is_within = true;
        if constexpr (is_list<T>)
            is_within = value.size() <= longest_list<typename T::value_type>;
        if constexpr (!std::is_arithmetic_v<typename T::value_type>)
            for (auto& element : value)
                is_within = is_within && confine(element);
        return is_within;
    } else if constexpr (is_optional<T>) {
        return !value || confine(*value);
    } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string_view>) {
        bool is_within = true;
        boost::pfr::for_each_field(value,
                                   [&](auto& member) { is_within = confine(member) && is_within; });
        return is_within;
    } else {
        return true;
    }
}

/// Writes values whose texts and lists are confined.
class OctetWriter {
public:
    template <class T> void put(const T& value)
    {
        if constexpr (std::is_same_v<T, bool>)
            raw(static_cast<std::uint8_t>(value));
        else if constexpr (std::is_arithmetic_v<T>)
            raw(value);
        else if constexpr (std::is_enum_v<T>)
            raw(static_cast<std::uint8_t>(value));
        else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>)
            text(value);
        else if constexpr (is_list<T> || is_array<T>)
            list(value);
        else if constexpr (is_optional<T>) {
            put(value.has_value());
            if (value)
                put(*value);
        } else
            boost::pfr::for_each_field(value, [this](const auto& member) { this->put(member); });
    }
    std::string take() { return std::move(out_); }

private:
    template <class T> void raw(T value)
    {
        out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void text(std::string_view text)
    {
        raw(static_cast<std::uint32_t>(text.size()));
        out_ += text;
    }
    template <class T> void list(const T& values)
    {
        using Element = typename T::value_type;
        if constexpr (is_list<T>)
            raw(static_cast<std::uint32_t>(values.size()));
        if constexpr (std::is_arithmetic_v<Element>)
            out_.append(reinterpret_cast<const char*>(values.data()),
                        values.size() * sizeof(Element));
        else
            for (const auto& value : values)
                put(value);
    }
    std::string out_;
};

/// Reads what an OctetWriter wrote, where the writer is not trusted: every length, number of
/// elements, enum, flag and name is looked at before anything is made of it.
class OctetReader {
public:
    explicit OctetReader(std::string_view in) : in_{in} { }
    /// Everything was right, and nothing is left over.
    bool is_complete() const { return is_good_ && in_.empty(); }

    template <class T> void get(T& value)
    {
        if constexpr (std::is_same_v<T, bool>)
            value = octet(1) != 0;
        else if constexpr (std::is_floating_point_v<T>) {
            raw(&value, 1);
            is_good_ = is_good_ && std::isfinite(value);
        } else if constexpr (std::is_arithmetic_v<T>)
            raw(&value, 1);
        else if constexpr (std::is_enum_v<T>) {
            static_assert(static_cast<unsigned>(last_of<T>) < 256);
            value = static_cast<T>(octet(static_cast<std::uint8_t>(last_of<T>)));
        } else if constexpr (std::is_same_v<T, std::string>)
            value = text();
        else if constexpr (is_list<T>)
            list(value);
        else if constexpr (is_array<T>)
            array(value);
        else if constexpr (is_optional<T>) {
            value.reset();
            if (bool is_there = false; get(is_there), is_there)
                get(value.emplace());
        } else
            members(value);
    }

private:
    /// A number up to `last`.
    std::uint8_t octet(std::uint8_t last)
    {
        std::uint8_t value = 0;
        raw(&value, 1);
        is_good_ = is_good_ && value <= last;
        return is_good_ ? value : std::uint8_t{0};
    }
    template <class T> void members(T& value)
    {
        boost::pfr::for_each_field(value, [this](auto& member) {
            using Member = std::remove_cvref_t<decltype(member)>;
            if constexpr (std::is_same_v<Member, std::string_view>)
                this->template name<T>(member);
            else
                this->get(member);
        });
    }
    template <class T> void name(std::string_view& value)
    {
        static_assert(Named<T>, "this struct's names need a table: known_name");
        value = known_name<T>(text());
        is_good_ = is_good_ && !value.empty();
    }
    template <class T> void list(std::vector<T>& values)
    {
        std::uint32_t count = 0;
        raw(&count, 1);
        // Every element has at least one octet.
        is_good_ = is_good_ && count <= longest_list<T> && count <= in_.size();
        values.clear();
        if (!is_good_)
            return;
        if constexpr (std::is_arithmetic_v<T>) {
            is_good_ = count * sizeof(T) <= in_.size();
            values.resize(is_good_ ? count : 0);
            raw(values.data(), values.size());
        } else
            while (values.size() < count && is_good_)
                get(values.emplace_back());
    }
    template <class T, std::size_t N> void array(std::array<T, N>& values)
    {
        if constexpr (std::is_arithmetic_v<T>)
            raw(values.data(), N);
        else
            for (auto& value : values)
                get(value);
    }
    template <class T> void raw(T* values, std::size_t count)
    {
        const auto octets = take(count * sizeof(T));
        if (!octets.empty())
            std::memcpy(values, octets.data(), octets.size());
    }
    std::string_view text()
    {
        std::uint32_t size = 0;
        raw(&size, 1);
        is_good_ = is_good_ && size <= longest_text;
        return take(size);
    }
    std::string_view take(std::size_t size)
    {
        is_good_ = is_good_ && size <= in_.size();
        if (!is_good_)
            return {};
        const auto octets = in_.substr(0, size);
        in_.remove_prefix(size);
        return octets;
    }
    std::string_view in_;
    bool is_good_ = true;
};
}
