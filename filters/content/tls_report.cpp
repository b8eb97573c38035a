// SPDX-License-Identifier: Apache-2.0
#include "filters/content/tls_report.hpp"

#include "filters/content/report_octets.hpp"
#include "gateway/mail/address.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>

namespace filters::content {
namespace {
namespace json = boost::json;
constexpr std::size_t most_policies = 1000, most_reasons = 10;

const json::value* member(const json::value& value, std::string_view name)
{
    const auto* object = value.if_object();
    return object ? object->if_contains(name) : nullptr;
}

/// A text, or the first of a list of texts; "" for all else.
std::string text_in(const json::value& value, std::string_view name)
{
    const auto* found = member(value, name);
    if (found && found->is_array())
        found = found->get_array().empty() ? nullptr : &found->get_array().front();
    const auto* text = found ? found->if_string() : nullptr;
    return text ? plain_line(std::string_view{*text}) : std::string{};
}

/// Some senders write numbers as texts.
std::optional<std::uint64_t> count_in(const json::value& value, std::string_view name)
{
    constexpr std::uint64_t most = 1'000'000'000'000;
    const auto* found = member(value, name);
    std::uint64_t number = 0;
    if (!found)
        return number;
    if (const auto* text = found->if_string()) {
        const auto [end, error]
            = std::from_chars(text->data(), text->data() + text->size(), number);
        if (error != std::errc{} || end != text->data() + text->size())
            return {};
    } else if (const auto* whole = found->if_int64(); whole && *whole >= 0)
        number = static_cast<std::uint64_t>(*whole);
    else
        return {};
    return number > most ? std::nullopt : std::optional{number};
}

/// The day of "2026-11-22T00:00:00Z" as seconds since 1970.
std::optional<std::int64_t> day_in(std::string_view text)
{
    const auto number = [&](std::size_t at, std::size_t size) {
        int value = -1;
        if (text.size() >= at + size)
            std::from_chars(text.data() + at, text.data() + at + size, value);
        return value;
    };
    const std::chrono::year_month_day day{
        std::chrono::year{number(0, 4)},
        std::chrono::month{static_cast<unsigned>(std::max(number(5, 2), 0))},
        std::chrono::day{static_cast<unsigned>(std::max(number(8, 2), 0))}};
    if (!day.ok() || number(0, 4) < 2000 || text.size() < 10 || text[4] != '-' || text[7] != '-')
        return {};
    return std::chrono::sys_seconds{std::chrono::sys_days{day}}.time_since_epoch().count();
}

/// "certificate-expired 3, starttls-not-supported 1".
std::string reasons_in(const json::value& policy)
{
    std::map<std::string, std::uint64_t> reasons;
    if (const auto* details = member(policy, "failure-details"); details && details->is_array())
        for (const auto& detail : details->get_array())
            if (reasons.size() < most_reasons)
                reasons[text_in(detail, "result-type").substr(0, 60)]
                    += count_in(detail, "failed-session-count").value_or(0);
    std::string all;
    for (const auto& [reason, count] : reasons)
        all += (all.empty() ? "" : ", ") + reason + " " + std::to_string(count);
    return all;
}

std::expected<ReportedSessions, std::string> sessions_in(const json::value& one)
{
    const auto* policy = member(one, "policy");
    const auto* summary = member(one, "summary");
    if (!policy || !summary)
        return std::unexpected{std::string{"a policy without its summary"}};
    const auto succeeded = count_in(*summary, "total-successful-session-count");
    const auto failed = count_in(*summary, "total-failure-session-count");
    const auto domain = mail::Domain::parse(text_in(*policy, "policy-domain"));
    if (!succeeded || !failed)
        return std::unexpected{std::string{"a count that is no number"}};
    if (!domain)
        return std::unexpected{std::string{"a policy of no domain"}};
    return ReportedSessions{.policy = text_in(*policy, "policy-type").substr(0, 40),
                            .domain = domain->ascii(),
                            .mx = text_in(*policy, "mx-host"),
                            .why = reasons_in(one),
                            .succeeded = *succeeded,
                            .failed = *failed};
}

std::string fill(ReceivedReport& report, const json::value& document)
{
    report.organization = text_in(document, "organization-name");
    report.id = text_in(document, "report-id");
    const auto* range = member(document, "date-range");
    const auto day = range ? day_in(text_in(*range, "start-datetime")) : std::nullopt;
    if (!day)
        return "it does not say of which day it is";
    report.begin = *day;
    const auto* policies = member(document, "policies");
    if (!policies || !policies->is_array() || policies->get_array().empty())
        return "it has no policies";
    if (policies->get_array().size() > most_policies)
        return "it has too many policies";
    for (const auto& one : policies->get_array()) {
        auto sessions = sessions_in(one);
        if (!sessions)
            return sessions.error();
        report.sessions.push_back(*std::move(sessions));
    }
    report.domain = report.sessions.front().domain;
    return {};
}
}

ReceivedReport read_tls_report(std::string_view octets)
{
    constexpr std::size_t deepest = 16;
    ReceivedReport report{.kind = ReceivedReport::Kind::tls};
    const auto text = unpack_report(octets, '{');
    if (!text) {
        report.error = text.error();
        return report;
    }
    json::parse_options options;
    options.max_depth = deepest;
    boost::system::error_code error;
    const auto document = json::parse(*text, error, {}, options);
    report.error = error ? "it is no whole JSON document" : fill(report, document);
    if (!report.error.empty())
        report.sessions.clear();
    return report;
}
}
