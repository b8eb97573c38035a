// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_alerts.hpp"

#include "filters/units.hpp"
#include "gateway/net/https_get.hpp"
#include "gateway/smtp/verification.hpp"
#include "web/api/alert_settings.hpp"

namespace app {
using filters::Complaints;
using filters::Yaml;

namespace {
void fill_mail(const Yaml& tree, web::AlertSettings& alerts)
{
    const Yaml value = value_of(tree, "alerts.mail");
    auto items = value.items();
    if (value.is_scalar())
        items = {value};
    for (const auto& item : items)
        if (auto address = mail::Mailbox::parse(item.text()))
            alerts.mail.push_back(std::move(*address));
}

void fill_hook(const Yaml& tree, web::AlertSettings& alerts, Configuration& configuration,
               Complaints& complaints)
{
    const Yaml section = tree.at({"alerts", "hook"});
    if (!section)
        return;
    const Yaml url = value_of(tree, "alerts.hook.url");
    const Yaml secret = value_of(tree, "alerts.hook.secret_file");
    web::HookSettings hook{.url = text_of(url),
                           .secret_file = path_of(secret),
                           .ca_file = path_of(value_of(tree, "alerts.hook.ca")),
                           .networks = networks_of(value_of(tree, "alerts.hook.networks"))};
    if (!net::parse_https_address(hook.url))
        complaints.push_back(
            (is_set(tree, "alerts.hook.url") ? url : section)
                .complain("\"url\" is an https:// address", "such as https://alerts.internal/x"));
    if (hook.secret_file.empty())
        complaints.push_back(section.complain("\"secret_file\" is missing here"));
    for (const auto key : {"alerts.hook.secret_file", "alerts.hook.ca"})
        if (const Yaml file = value_of(tree, key); !text_of(file).empty())
            if (const auto why = smtp::why_unreadable(path_of(file)); !why.empty())
                configuration.warnings.push_back(file.complain("this file cannot be read: " + why));
    alerts.hook = std::move(hook);
}

/// "07:00" since midnight.
std::optional<std::chrono::minutes> time_of_day(std::string_view text)
{
    const auto colon = text.find(':');
    const auto hours = filters::parse_number(text.substr(0, colon));
    const auto minutes
        = colon == text.npos ? std::nullopt : filters::parse_number(text.substr(colon + 1));
    if (!hours || !minutes || *hours < 0 || *hours > 23 || *minutes < 0 || *minutes > 59)
        return {};
    return std::chrono::minutes{static_cast<long>(*hours) * 60 + static_cast<long>(*minutes)};
}
}

void fill_alerts(const Yaml& tree, Configuration& configuration, Complaints& complaints)
{
    auto alerts = std::make_shared<web::AlertSettings>();
    fill_mail(tree, *alerts);
    fill_hook(tree, *alerts, configuration, complaints);
    alerts->is_japanese = text_of(value_of(tree, "alerts.language")) == "ja";
    alerts->after = duration_of(value_of(tree, "alerts.after"));
    alerts->well_after = duration_of(value_of(tree, "alerts.well_after"));
    alerts->remind = duration_of(value_of(tree, "alerts.remind"));
    alerts->queue_age = duration_of(value_of(tree, "alerts.queue_age"));
    const Yaml lists = value_of(tree, "alerts.public_lists");
    const auto often = text_of(lists) == "off" ? std::chrono::milliseconds{}
                                               : filters::parse_duration(text_of(lists));
    if (often && (often->count() == 0 || *often >= std::chrono::hours{1}))
        alerts->public_lists = *often;
    else
        complaints.push_back(
            lists.complain("\"public_lists\" is off, or a time of 1 h at least: \"6 h\""));
    using Report = web::AlertSettings::Report;
    const auto report = text_of(value_of(tree, "alerts.report"));
    alerts->report = report == "daily" ? Report::daily
        : report == "weekly"           ? Report::weekly
                                       : Report::off;
    const Yaml at = value_of(tree, "alerts.at");
    if (const auto time = time_of_day(text_of(at)))
        alerts->at = *time;
    else
        complaints.push_back(at.complain("\"" + text_of(at) + "\" is no time of day", "\"07:00\""));
    if (alerts->report != Report::off && alerts->mail.empty())
        configuration.warnings.push_back(
            value_of(tree, "alerts.report").complain("no address under \"mail\" gets the report"));
    configuration.alerts = std::move(alerts);
}
}
