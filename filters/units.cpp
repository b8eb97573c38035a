// SPDX-License-Identifier: Apache-2.0
#include "filters/units.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace filters {
namespace {
struct Unit {
    std::string_view name;
    double factor;
};
constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
constexpr std::array time_units{
    Unit{"ms", 1},           Unit{"s", second},   Unit{"sec", second},    Unit{"second", second},
    Unit{"seconds", second}, Unit{"min", minute}, Unit{"minute", minute}, Unit{"minutes", minute},
    Unit{"h", hour},         Unit{"hour", hour},  Unit{"hours", hour},    Unit{"d", day},
    Unit{"day", day},        Unit{"days", day},   Unit{"week", 7 * day},  Unit{"weeks", 7 * day}};
constexpr double kibi = 1024;
constexpr std::array size_units{Unit{"B", 1},
                                Unit{"kB", 1e3},
                                Unit{"KB", 1e3},
                                Unit{"MB", 1e6},
                                Unit{"GB", 1e9},
                                Unit{"TB", 1e12},
                                Unit{"KiB", kibi},
                                Unit{"MiB", kibi* kibi},
                                Unit{"GiB", kibi* kibi* kibi},
                                Unit{"TiB", kibi* kibi* kibi* kibi}};
constexpr double longest_time = 100 * 365.25 * day;
constexpr double largest_size = 9.0e15; // doubles are exact to the octet below it

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

struct Amount {
    double value = 0;
    std::string_view rest;
};
/// A number without sign at the front and what follows it.
std::optional<Amount> amount_of(std::string_view text)
{
    text = trimmed(text);
    if (text.empty() || text.front() < '0' || text.front() > '9')
        return {};
    double value = 0;
    const auto [end, error]
        = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(value))
        return {};
    return Amount{value, trimmed(text.substr(static_cast<std::size_t>(end - text.data())))};
}

template <std::size_t N>
std::optional<double> factor_of(const std::array<Unit, N>& units, std::string_view name)
{
    for (const auto& unit : units)
        if (unit.name == name)
            return unit.factor;
    return {};
}

template <std::size_t N>
std::optional<double> measured(const std::array<Unit, N>& units, std::string_view text, double most)
{
    const auto amount = amount_of(text);
    if (!amount)
        return {};
    if (amount->rest.empty())
        return amount->value == 0 ? std::optional{0.0} : std::nullopt;
    const auto factor = factor_of(units, amount->rest);
    if (!factor || amount->value * *factor > most)
        return {};
    return std::round(amount->value * *factor);
}

bool equals(std::string_view text, std::string_view lower)
{
    if (text.size() != lower.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if ((text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]) != lower[i])
            return false;
    return true;
}
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    const auto value = measured(time_units, text, longest_time);
    if (!value)
        return {};
    return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    const auto value = measured(size_units, text, largest_size);
    if (!value)
        return {};
    return static_cast<std::uint64_t>(*value);
}

std::optional<Rate> parse_rate(std::string_view text)
{
    const auto amount = amount_of(text);
    if (!amount || !amount->rest.starts_with("per "))
        return {};
    const auto window_text = trimmed(amount->rest.substr(4));
    const auto one = factor_of(time_units, window_text);
    const auto window = one
        ? std::optional{std::chrono::milliseconds{static_cast<std::int64_t>(*one)}}
        : parse_duration(window_text);
    if (!window || window->count() <= 0)
        return {};
    return Rate{amount->value, *window};
}

std::optional<std::uint64_t> parse_data_rate(std::string_view text)
{
    text = trimmed(text);
    if (!text.ends_with("/s"))
        return {};
    return parse_size(text.substr(0, text.size() - 2));
}

std::optional<bool> parse_boolean(std::string_view text)
{
    for (const auto yes : {"true", "yes", "on"})
        if (equals(text, yes))
            return true;
    for (const auto no : {"false", "no", "off"})
        if (equals(text, no))
            return false;
    return {};
}

std::optional<std::int64_t> parse_number(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return {};
    return value;
}

std::optional<double> parse_real(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return {};
    return value;
}

std::string duration_text(std::chrono::milliseconds time)
{
    struct Name {
        std::int64_t factor;
        std::string_view one, many;
    };
    constexpr std::array names{Name{86'400'000, " day", " days"}, Name{3'600'000, " h", " h"},
                               Name{60'000, " min", " min"}, Name{1000, " s", " s"}};
    for (const auto& name : names)
        if (time.count() != 0 && time.count() % name.factor == 0) {
            const auto count = time.count() / name.factor;
            return std::to_string(count) + std::string{count == 1 ? name.one : name.many};
        }
    return time.count() == 0 ? "0 s" : std::to_string(time.count()) + " ms";
}

std::string size_text(std::uint64_t octets)
{
    constexpr std::array<std::string_view, 5> names{" B", " KiB", " MiB", " GiB", " TiB"};
    std::size_t unit = 0;
    while (octets != 0 && octets % 1024 == 0 && unit + 1 < names.size()) {
        octets /= 1024;
        ++unit;
    }
    return std::to_string(octets) + std::string{names[unit]};
}

std::string real_text(double value)
{
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? std::string(text.data(), end) : "0";
}
}
