// SPDX-License-Identifier: Apache-2.0
#include "filters/settings.hpp"

#include <algorithm>
#include <cassert>

namespace filters {
struct Settings::State {
    Yaml schema; ///< the layer's own text
    Yaml values; ///< the administrator's merged over it
    std::shared_ptr<Complaints> sink;
};

namespace {
struct Form {
    bool (*fits)(std::string_view text);
    std::string_view name;
};
constexpr Form forms[] = {
    {[](std::string_view text) { return parse_boolean(text).has_value(); }, "true or false"},
    {[](std::string_view text) { return parse_number(text).has_value(); }, "a whole number"},
    {[](std::string_view text) { return parse_real(text).has_value(); }, "a number"},
    {[](std::string_view text) { return parse_duration(text).has_value(); },
     "a time with its unit, such as 30 s or 5 min"},
    {[](std::string_view text) { return parse_size(text).has_value(); },
     "a size with its unit, such as 50 MiB or 4 KiB"},
    {[](std::string_view text) { return parse_rate(text).has_value(); },
     "a rate, such as 200 per 30 min"},
};

/// The form that the default's text shows; nullptr: free text.
const Form* form_of(const Yaml& standard)
{
    if (standard.is_scalar() && !standard.is_quoted())
        for (const auto& form : forms)
            if (form.fits(standard.text()))
                return &form;
    return nullptr;
}

bool is_example(const Yaml& standard) { return standard.tag() == "!example"; }

class Check {
public:
    explicit Check(Complaints& sink) : sink_{sink} { }

    void keys(const Yaml& schema, const Yaml& given, std::string_view what)
    {
        if (given && !given.is_map()) {
            sink_.push_back(given.complain("expected keys and values of " + std::string{what}));
            return;
        }
        std::vector<Yaml> known_keys;
        for (const auto& entry : schema.entries())
            known_keys.push_back(entry.first);
        const std::vector<std::string_view> known = [&] {
            std::vector<std::string_view> names;
            for (const auto& key : known_keys)
                names.push_back(key.text());
            return names;
        }();
        for (const auto& [key, value] : given.entries()) {
            if (!schema.has(key.text()))
                sink_.push_back(
                    key.complain("unknown key \"" + key.text() + "\" of " + std::string{what},
                                 did_you_mean(key.text(), known)));
            else if (value)
                one(key.text(), schema.find(key.text()), value);
        }
    }

private:
    void one(const std::string& key, const Yaml& standard, const Yaml& value)
    {
        if (standard.is_list())
            return list(key, standard, value);
        const Form* form = form_of(standard);
        if (!value.is_scalar() || (form && !form->fits(value.text())))
            sink_.push_back(value.complain("\"" + key + "\" must be "
                                           + std::string{form ? form->name : "text"}));
    }
    void list(const std::string& key, const Yaml& standard, const Yaml& value)
    {
        if (value.is_map() || (is_example(standard) && value.is_scalar())) {
            sink_.push_back(value.complain("\"" + key + "\" must be a list"));
            return;
        }
        for (const auto& item : value.items()) {
            if (is_example(standard))
                keys(standard.items().front(), item, "an entry of \"" + key + "\"");
            else if (!item.is_scalar())
                sink_.push_back(item.complain("expected text"));
        }
    }
    Complaints& sink_;
};
}

Settings::Settings() = default;
Settings::~Settings() = default;
Settings::Settings(const Settings&) = default;
Settings& Settings::operator=(const Settings&) = default;

Settings Settings::read(std::string_view name, std::string_view defaults, const Yaml& given,
                        std::shared_ptr<Complaints> sink)
{
    auto schema = Yaml::parse(defaults, "defaults of " + std::string{name});
    assert(schema && "a layer's own settings must parse");
    Check{*sink}.keys(*schema, given, "\"" + std::string{name} + "\"");
    Settings settings;
    auto values = given.is_map() && *schema ? Yaml::merged(*schema, given) : *schema;
    settings.state_ = std::make_shared<State>(State{*schema, std::move(values), std::move(sink)});
    return settings;
}

const Yaml Settings::value(std::string_view key) const
{
    assert(state_ && state_->schema.has(key) && "a key that the defaults lack");
    const Yaml value = state_->values.find(key);
    // What did not fit was complained of; the default keeps the rest of the reading sane.
    const Yaml standard = state_->schema.find(key);
    const Form* form = form_of(standard);
    return value.is_scalar() && form && !form->fits(value.text()) ? standard : value;
}

bool Settings::boolean(std::string_view key) const
{
    return parse_boolean(value(key).text()).value_or(false);
}
std::int64_t Settings::number(std::string_view key) const
{
    return parse_number(value(key).text()).value_or(0);
}
double Settings::real(std::string_view key) const
{
    return parse_real(value(key).text()).value_or(0);
}
std::string Settings::text(std::string_view key) const { return value(key).text(); }
std::chrono::milliseconds Settings::duration(std::string_view key) const
{
    return parse_duration(value(key).text()).value_or(std::chrono::milliseconds{0});
}
std::uint64_t Settings::size(std::string_view key) const
{
    return parse_size(value(key).text()).value_or(0);
}
Rate Settings::rate(std::string_view key) const
{
    return parse_rate(value(key).text()).value_or(Rate{});
}

std::vector<std::string> Settings::texts(std::string_view key) const
{
    const Yaml list = value(key);
    if (list.is_scalar())
        return {list.text()};
    std::vector<std::string> texts;
    for (const auto& item : list.items())
        if (item.is_scalar())
            texts.push_back(item.text());
    return texts;
}

std::vector<mail::Network> Settings::networks(std::string_view key) const
{
    const Yaml list = value(key);
    std::vector<mail::Network> networks;
    for (const auto& item : list.is_scalar() ? std::vector{list} : list.items()) {
        if (const auto network = mail::Network::parse(item.text()))
            networks.push_back(*network);
        else
            state_->sink->push_back(item.complain(
                "\"" + item.text() + "\" is no network (192.0.2.0/24, 2001:db8::/32)"));
    }
    return networks;
}

std::size_t Settings::choice(std::string_view key,
                             std::initializer_list<std::string_view> choices) const
{
    const auto given = text(key);
    const auto found = std::find(choices.begin(), choices.end(), given);
    if (found != choices.end())
        return static_cast<std::size_t>(found - choices.begin());
    std::string all;
    for (const auto choice : choices)
        all += (all.empty() ? "" : ", ") + std::string{choice};
    complain(key, "\"" + std::string{key} + "\" must be one of " + all,
             did_you_mean(given, choices));
    return 0;
}

std::vector<Settings> Settings::items(std::string_view key) const
{
    const Yaml list = value(key);
    const Yaml standard = state_->schema.find(key);
    std::vector<Settings> items;
    if (is_example(list))
        return items;
    assert(is_example(standard));
    for (const auto& item : list.items()) {
        Settings settings;
        settings.state_
            = std::make_shared<State>(State{standard.items().front(), item, state_->sink});
        items.push_back(std::move(settings));
    }
    return items;
}

bool Settings::has(std::string_view key) const
{
    return state_ && static_cast<bool>(state_->values.find(key));
}

std::string Settings::where(std::string_view key) const
{
    const Yaml found = state_->values.find(key);
    return found ? found.where() : state_->values.where();
}

void Settings::complain(std::string_view key, std::string text, std::string hint) const
{
    const Yaml found = state_->values.find(key);
    state_->sink->push_back(
        (found ? found : state_->values).complain(std::move(text), std::move(hint)));
}
}
