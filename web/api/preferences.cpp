// SPDX-License-Identifier: Apache-2.0
// What a person sets for the own mail, within the administrator's bounds.
#include "storage/preferences.hpp"

#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/people_settings.hpp"
#include "web/api/session.hpp"

#include <array>
#include <fmt/format.h>

namespace web {
namespace {
using storage::PersonalSettings;
constexpr std::array<std::string_view, 7> days{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

void write_threshold(JsonWriter& json, std::string_view name, std::optional<double> value)
{
    json.key(name);
    value ? json.real(*value) : json.null();
}

void write_digest(JsonWriter& json, const Site& site, const PersonalSettings& settings)
{
    auto schedule = site.people ? site.people->digest.schedule : DigestSchedule{};
    if (settings.digest_days)
        schedule = {*settings.digest_days, settings.digest_hour};
    json.key("digest").begin_object().key("days").begin_array();
    for (std::size_t day = 0; day < days.size(); ++day)
        if ((schedule.days >> day & 1U) != 0)
            json.text(days[day]);
    json.end_array().member("hour", schedule.hour);
    json.member("default", !settings.digest_days).end_object();
}

Response answer_of(const Site& site, const storage::Account& account,
                   const PersonalSettings& settings)
{
    const auto& policy = settings.policy;
    JsonWriter json;
    json.begin_object().member("language", account.language);
    write_digest(json, site, settings);
    json.member("filter_off", policy.is_off).key("thresholds");
    if (policy.tag || policy.quarantine) {
        json.begin_object();
        write_threshold(json, "tag", policy.tag);
        write_threshold(json, "quarantine", policy.quarantine);
        json.end_object();
    } else {
        json.null();
    }
    write_bounds(json, site);
    json.end_object();
    return json_response(json.take());
}

using Read = std::expected<void, std::string>;

Read read_digest(const boost::json::value& body, PersonalSettings& settings)
{
    const auto& digest = member_of(body, "digest");
    if (digest.is_null())
        return {};
    settings.digest_days.reset();
    if (is_member_true(digest, "default"))
        return {};
    unsigned chosen = 0;
    for (const auto& name : text_members(digest, "days")) {
        const auto day = std::ranges::find(days, name);
        if (day == days.end())
            return std::unexpected{"digest.days: of mon, tue, wed, thu, fri, sat, sun"};
        chosen |= 1U << (day - days.begin());
    }
    const auto hour = number_member(digest, "hour");
    if (hour < 0 || hour > 23)
        return std::unexpected{"digest.hour: 0 to 23"};
    settings.digest_days = chosen;
    settings.digest_hour = static_cast<unsigned>(hour);
    return {};
}

Read read_threshold(const boost::json::value& thresholds, std::string_view name, double least,
                    double most, std::optional<double>& value)
{
    value.reset();
    const auto& given = member_of(thresholds, name);
    if (given.is_null())
        return {};
    const auto points = given.is_number() ? given.to_number<double>() : -1;
    if (points < least || points > most)
        return std::unexpected{fmt::format("thresholds.{}: {} to {}", name, least, most)};
    value = points;
    return {};
}

Read read_policy(const boost::json::value& body, const smtp::OwnThresholds& bounds,
                 storage::OwnPolicy& policy)
{
    if (!member_of(body, "filter_off").is_null())
        policy.is_off = is_member_true(body, "filter_off");
    if (policy.is_off && !bounds.may_switch_off)
        return std::unexpected{"the filter cannot be switched off here"};
    const auto* object = body.if_object();
    if (object == nullptr || !object->contains("thresholds"))
        return {};
    const auto& thresholds = member_of(body, "thresholds");
    if (auto read
        = read_threshold(thresholds, "tag", bounds.least_tag, bounds.most_tag, policy.tag);
        !read)
        return read;
    return read_threshold(thresholds, "quarantine", bounds.least_quarantine, bounds.most_quarantine,
                          policy.quarantine);
}

Read read_settings(const Site& site, const boost::json::value& body, PersonalSettings& settings,
                   std::string& language)
{
    if (const auto text = text_member(body, "language")) {
        if (*text != "" && *text != "en" && *text != "ja")
            return std::unexpected{"language: en or ja"};
        language = *text;
    }
    if (auto read = read_digest(body, settings); !read)
        return read;
    return read_policy(body, site.context->snapshot()->settings.own_thresholds, settings.policy);
}

Response no_account()
{
    return problem(409, "no account", "preferences belong to somebody who signed in");
}
}

awaitable<Response> get_preferences(Site& site, Principal principal, Request)
{
    const auto account = co_await site.sign_in->accounts().find(principal.name);
    if (principal.account == 0 || !account)
        co_return no_account();
    const auto settings = co_await site.context->preferences->get(principal.account);
    co_return answer_of(site, *account, settings);
}

awaitable<Response> put_preferences(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body || !body->is_object())
        co_return problem(400, "malformed request", "the body is an object of preferences");
    auto& accounts = site.sign_in->accounts();
    auto account = co_await accounts.find(principal.name);
    if (principal.account == 0 || !account)
        co_return no_account();
    auto settings = co_await site.context->preferences->get(principal.account);
    const auto before = settings;
    const auto language = account->language;
    if (const auto read = read_settings(site, *body, settings, account->language); !read)
        co_return problem(422, "not taken", read.error());
    if (settings.policy != before.policy)
        co_await audit(site, principal, "preferences",
                       settings.policy.is_off ? "filter off" : "own thresholds");
    if (settings != before)
        co_await site.context->preferences->put(principal.account, settings);
    if (account->language != language)
        co_await site.sign_in->changes().apply(account->number, {.language = account->language});
    co_return answer_of(site, *account, settings);
}
}
