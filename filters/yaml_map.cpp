// SPDX-License-Identifier: Apache-2.0
#include "filters/yaml.hpp"

#include <algorithm>

namespace filters {
YamlMap::YamlMap(Yaml map, Complaints& complaints) : map_{std::move(map)}, complaints_{complaints}
{
    if (map_ && !map_.is_map())
        complaints_.push_back(map_.complain("expected keys and values (key: value)"));
}

Yaml YamlMap::find(std::string_view key)
{
    asked_.emplace(key);
    return map_.find(key);
}

bool YamlMap::has(std::string_view key)
{
    asked_.emplace(key);
    return map_.has(key);
}

template <class T>
T YamlMap::read(std::string_view key, T otherwise, std::optional<T> (*parse)(std::string_view),
                std::string_view form)
{
    const Yaml value = find(key);
    if (!value)
        return otherwise;
    if (const auto read = value.is_scalar() ? parse(value.text()) : std::nullopt)
        return *read;
    complain(key, "\"" + std::string{key} + "\" must be " + std::string{form});
    return otherwise;
}

std::string YamlMap::text(std::string_view key, std::string otherwise)
{
    const Yaml value = find(key);
    if (!value)
        return otherwise;
    if (value.is_scalar())
        return value.text();
    complain(key, "\"" + std::string{key} + "\" must be text");
    return otherwise;
}

bool YamlMap::boolean(std::string_view key, bool otherwise)
{
    return read<bool>(key, otherwise, parse_boolean, "true or false");
}

std::int64_t YamlMap::number(std::string_view key, std::int64_t otherwise, std::int64_t least,
                             std::int64_t most)
{
    const auto value = read<std::int64_t>(key, otherwise, parse_number, "a whole number");
    if (value >= least && value <= most)
        return value;
    complain(key,
             "\"" + std::string{key} + "\" must be from " + std::to_string(least) + " to "
                 + std::to_string(most));
    return otherwise;
}

double YamlMap::real(std::string_view key, double otherwise)
{
    return read<double>(key, otherwise, parse_real, "a number");
}

std::chrono::milliseconds YamlMap::duration(std::string_view key,
                                            std::chrono::milliseconds otherwise)
{
    return read<std::chrono::milliseconds>(key, otherwise, parse_duration,
                                           "a time with its unit, such as 30 s or 5 min");
}

std::uint64_t YamlMap::size(std::string_view key, std::uint64_t otherwise)
{
    return read<std::uint64_t>(key, otherwise, parse_size,
                               "a size with its unit, such as 50 MiB or 4 KiB");
}

Rate YamlMap::rate(std::string_view key, Rate otherwise)
{
    return read<Rate>(key, otherwise, parse_rate, "a rate, such as 200 per 30 min");
}

std::vector<std::string> YamlMap::texts(std::string_view key)
{
    const Yaml value = find(key);
    std::vector<std::string> texts;
    if (value.is_scalar())
        texts.push_back(value.text());
    else if (value.is_map())
        complain(key, "\"" + std::string{key} + "\" must be a list");
    for (const auto& item : value.items()) {
        if (item.is_scalar())
            texts.push_back(item.text());
        else
            complaints_.push_back(item.complain("expected text"));
    }
    return texts;
}

std::size_t YamlMap::choice(std::string_view key, std::initializer_list<std::string_view> choices,
                            std::size_t otherwise)
{
    const Yaml value = find(key);
    if (!value)
        return otherwise;
    const auto found = std::find(choices.begin(), choices.end(), value.text());
    if (value.is_scalar() && found != choices.end())
        return static_cast<std::size_t>(found - choices.begin());
    std::string all;
    for (const auto choice : choices)
        all += (all.empty() ? "" : ", ") + std::string{choice};
    complain(key, "\"" + std::string{key} + "\" must be one of " + all,
             did_you_mean(value.text(), choices));
    return otherwise;
}

void YamlMap::complain(std::string_view key, std::string text, std::string hint)
{
    const Yaml value = find(key);
    complaints_.push_back((value ? value : map_).complain(std::move(text), std::move(hint)));
}

void YamlMap::finish()
{
    const std::vector<std::string_view> known{asked_.begin(), asked_.end()};
    for (const auto& [key, value] : map_.entries())
        if (!asked_.contains(key.text()))
            complaints_.push_back(key.complain("unknown key \"" + key.text() + "\"",
                                               did_you_mean(key.text(), known)));
}
}
