// SPDX-License-Identifier: Apache-2.0
#include "web/api/alert_routes.hpp"

#include "web/api/alerts.hpp"
#include "web/api/audit.hpp"
#include "web/api/health.hpp"
#include "web/api/json.hpp"
#include "web/api/report.hpp"

namespace web {
namespace {
std::string_view text_of(AlertSettings::Report report)
{
    return report == AlertSettings::Report::daily ? "daily"
        : report == AlertSettings::Report::weekly ? "weekly"
                                                  : "off";
}

Response sent_response(const std::vector<Alerts::Sent>& all)
{
    JsonWriter json;
    json.begin_object().key("sent").begin_array();
    for (const auto& sent : all) {
        json.begin_object().member("to", sent.to).key("id");
        sent.id.empty() ? json.null() : json.text(sent.id);
        json.member("problem", sent.problem).end_object();
    }
    json.end_array().end_object();
    return json_response(json.take());
}

bool has_receivers(const Site& site)
{
    return site.alerts && site.alert_settings
        && (!site.alert_settings->mail.empty() || site.alert_settings->hook);
}

Response nobody_listens()
{
    return problem(409, "nobody is told", "mailweir.yaml names nobody under \"alerts\"");
}

void write_hook(JsonWriter& json, const Alerts& alerts, const AlertSettings& settings)
{
    json.key("hook");
    if (!settings.hook) {
        json.null();
        return;
    }
    const auto& hook = alerts.hook();
    json.begin_object()
        .member("url", hook_name(settings.hook->url))
        .member("waiting", hook.waiting());
    json.member("sent", hook.counts().sent).member("failed", hook.counts().failed);
    json.member("dropped", hook.counts().dropped).member("problem", hook.problem()).end_object();
}
}

awaitable<Response> get_alerts(Site& site, Principal, Request)
{
    if (!site.alerts || !site.alert_settings)
        co_return nobody_listens();
    const auto& settings = *site.alert_settings;
    JsonWriter json;
    json.begin_object().key("mail").begin_array();
    for (const auto& to : settings.mail)
        json.text(to.to_string());
    json.end_array().member("mails_waiting", site.alerts->mails_waiting());
    write_hook(json, *site.alerts, settings);
    json.member("report", text_of(settings.report));
    json.member("last_report", site.alerts->last_report());
    json.member("next_report", site.alerts->next_report());
    json.member("language", settings.is_japanese ? "ja" : "en").key("standing").begin_array();
    for (const auto& change : site.alerts->standing()) {
        write_condition(json, change.condition);
        json.member("since", change.since).end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_alerts_test(Site& site, Principal principal, Request)
{
    if (!has_receivers(site))
        co_return nobody_listens();
    co_await audit(site, std::move(principal), "test alert", std::string{});
    co_return sent_response(co_await site.alerts->test());
}

awaitable<Response> post_alerts_report(Site& site, Principal principal, Request)
{
    if (!site.alerts || !site.alert_settings || site.alert_settings->mail.empty())
        co_return nobody_listens();
    co_await audit(site, std::move(principal), "send report", std::string{});
    co_return sent_response(co_await site.alerts->report());
}

awaitable<Response> get_report(Site& site, Principal, Request request)
{
    const auto period = request.text("period");
    if (!period.empty() && period != "day" && period != "week")
        co_return problem(400, "malformed request", "period is day or week");
    const auto language = request.text("language");
    const bool is_japanese = language.empty()
        ? site.alert_settings && site.alert_settings->is_japanese
        : language == "ja";
    const auto report = co_await gather_report(site, period == "week" ? week : day);
    const auto mail = report_mail(report, is_japanese);
    JsonWriter json;
    json.begin_object().member("since", report.since).member("until", report.until);
    json.member("subject", mail.subject).member("text", mail.text).member("html", mail.html);
    json.end_object();
    co_return json_response(json.take());
}
}
