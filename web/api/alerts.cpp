// SPDX-License-Identifier: Apache-2.0
#include "web/api/alerts.hpp"

#include "gateway/smtp/own_mail.hpp"
#include "gateway/smtp/record.hpp"
#include "storage/records.hpp"
#include "web/api/document.hpp"
#include "web/api/health.hpp"
#include "web/api/report.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>

namespace web {
namespace {
constexpr std::size_t most_mails = 50;
constexpr std::int64_t state_record = 1;
constexpr std::chrono::minutes mail_pause{1}, report_pause{10};
constexpr std::chrono::hours mail_given_up_after{24};

WallTime moment_of(const boost::json::value& object, std::string_view name)
{
    constexpr double latest = 4e9; // in the year 2096
    const auto seconds = std::clamp(number_member(object, name), 0.0, latest);
    return WallTime{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
}

std::int64_t seconds_of(WallTime time)
{
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

const AlertSettings& settings_of(const Site& site)
{
    static const AlertSettings none;
    return site.alert_settings ? *site.alert_settings : none;
}
}

Alerts::Alerts(Site& site)
    : site_{site}, hook_{*site.context->resolver, *site.context->pool, *site.context->env}
{ }

awaitable<void> Alerts::turn()
{
    if (site_.context->is_draining || std::exchange(is_busy_, true))
        co_return;
    try {
        if (!is_loaded_)
            co_await load();
        const auto health = co_await look_at_health(site_);
        auto changes
            = state_.step(health.conditions, site_.context->env->wall_now(), settings_of(site_));
        add_events(changes);
        if (!changes.empty())
            tell(std::move(changes));
        co_await send_mails();
        co_await save();
        co_await report_when_due();
        co_await save();
    } catch (const std::exception& error) {
        spdlog::error("alerts: {}", error.what());
    }
    is_busy_ = false;
}

/// What happens again and again is told together.
void Alerts::add_events(std::vector<Change>& changes)
{
    const auto now = site_.context->env->wall_now();
    if (now - last_events_ < settings_of(site_).well_after)
        return;
    for (auto& event : smtp::Conditions::here().take_events()) {
        changes.push_back({Change::What::event, std::move(event), now});
        last_events_ = now;
    }
}

awaitable<void> Alerts::deliver()
{
    const auto settings = site_.alert_settings;
    if (settings && settings->hook)
        co_await hook_.deliver(*settings->hook);
}

Notice Alerts::notice_of(std::vector<Change> changes)
{
    const auto now = site_.context->env->wall_now();
    return {site_.context->ids->next(now).to_string(),
            now,
            site_.context->snapshot()->settings.hostname,
            site_.web_url,
            std::move(changes),
            state_.standing()};
}

void Alerts::tell(std::vector<Change> changes)
{
    const auto notice = notice_of(std::move(changes));
    for (const auto& change : notice.changes)
        spdlog::warn("alert state={} name={} severity={}: {}", to_string(change.what),
                     change.condition.kind->name, smtp::to_string(change.condition.kind->severity),
                     smtp::escaped(change.condition.english()));
    const auto& settings = settings_of(site_);
    if (settings.hook)
        hook_.add(notice.id, alert_json(notice));
    for (const auto& to : settings.mail) {
        if (mails_.size() >= most_mails)
            mails_.pop_front();
        mails_.push_back({to, alert_mail(notice, settings.is_japanese), notice.time});
    }
}

awaitable<Alerts::Sent> Alerts::mail_to(mail::Mailbox to, MailText text, std::string kind)
{
    Sent sent{.to = to.to_string(), .id = {}, .problem = {}};
    const auto id = co_await smtp::submit_own(*site_.context,
                                              {.to = std::move(to),
                                               .subject = std::move(text.subject),
                                               .text = std::move(text.text),
                                               .html = std::move(text.html),
                                               .kind = std::move(kind)});
    if (id)
        sent.id = id->to_string();
    else
        sent.problem = id.error();
    co_return sent;
}

awaitable<void> Alerts::send_mails()
{
    const auto now = site_.context->env->wall_now();
    for (auto left = mails_.size(); left > 0; --left) {
        auto owed = std::move(mails_.front());
        mails_.pop_front();
        if (owed.next > now) {
            mails_.push_back(std::move(owed));
            continue;
        }
        const auto sent = co_await mail_to(owed.to, owed.text, "alert");
        if (sent.problem.empty())
            continue;
        const bool is_given_up = now - owed.made >= mail_given_up_after;
        spdlog::error("alerts: no mail to {}: {}{}", sent.to, sent.problem,
                      is_given_up ? "; it is given up" : "");
        owed.next = now + mail_pause;
        if (!is_given_up)
            mails_.push_back(std::move(owed));
    }
}

awaitable<std::vector<Alerts::Sent>> Alerts::test()
{
    static constexpr smtp::ConditionName test{"test"};
    const auto settings = site_.alert_settings;
    std::vector<Change> changes{
        {Change::What::event, {&test.kind}, site_.context->env->wall_now()}};
    const auto notice = notice_of(std::move(changes));
    std::vector<Sent> all;
    if (!settings)
        co_return all;
    for (const auto& to : settings->mail)
        all.push_back(co_await mail_to(to, alert_mail(notice, settings->is_japanese), "alert"));
    if (settings->hook)
        all.push_back(
            {.to = hook_name(settings->hook->url),
             .id = {},
             .problem = co_await hook_.send(*settings->hook, notice.id, alert_json(notice))});
    co_return all;
}

awaitable<std::vector<Alerts::Sent>> Alerts::report()
{
    const auto settings = site_.alert_settings;
    std::vector<Sent> all;
    if (!settings)
        co_return all;
    const auto length = settings->report == AlertSettings::Report::weekly ? week : day;
    const auto text = report_mail(co_await gather_report(site_, length), settings->is_japanese);
    for (const auto& to : settings->mail)
        all.push_back(co_await mail_to(to, text, "report"));
    co_return all;
}

WallTime next_report_after(WallTime last, const AlertSettings& settings)
{
    if (settings.report == AlertSettings::Report::off)
        return {};
    const auto seconds = std::chrono::system_clock::to_time_t(last);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    const auto of_day = static_cast<int>(settings.at.count());
    // The first such time of the day, on the right day of the week, behind `last`.
    for (int days = 0; days <= 7; ++days) {
        std::tm due = local;
        due.tm_mday += days;
        due.tm_hour = of_day / 60;
        due.tm_min = of_day % 60;
        due.tm_sec = 0;
        due.tm_isdst = -1;
        const auto moment = std::chrono::system_clock::from_time_t(::mktime(&due));
        constexpr int monday = 1;
        if (moment > last
            && (settings.report == AlertSettings::Report::daily || due.tm_wday == monday))
            return moment;
    }
    return {};
}

WallTime Alerts::next_report() const { return next_report_after(last_report_, settings_of(site_)); }

awaitable<void> Alerts::report_when_due()
{
    const auto now = site_.context->env->wall_now();
    const auto& settings = settings_of(site_);
    if (settings.report == AlertSettings::Report::off || settings.mail.empty()) {
        last_report_ = {};
        co_return;
    }
    if (last_report_ == WallTime{}) {
        last_report_ = now; // from now on
        co_return;
    }
    if (const auto due = next_report(); due == WallTime{} || now < due)
        co_return;
    if (now < report_again_)
        co_return;
    report_again_ = now + report_pause; // also where it throws
    bool is_sent = false;
    for (const auto& sent : co_await report()) {
        is_sent = is_sent || sent.problem.empty();
        if (!sent.problem.empty())
            spdlog::error("alerts: no report to {}: {}", sent.to, sent.problem);
    }
    if (is_sent)
        last_report_ = now;
}

awaitable<void> Alerts::load()
{
    is_loaded_ = true; // without what is on disk it tells what it sees
    auto text = co_await site_.context->pool->run([this]() -> std::string {
        try {
            storage::Records records{site_.context->data_directory, storage::DatabaseFile::alerts};
            return records.find(state_record).value_or("");
        } catch (const std::exception& error) {
            spdlog::error("alerts: what was told before is not known: {}", error.what());
            return {};
        }
    });
    take_up(text);
    saved_ = std::move(text);
}

void Alerts::take_up(std::string_view text)
{
    const auto document = parse_json(text);
    if (!document)
        return;
    state_ = AlertState::parse(json_text(member_of(*document, "conditions")),
                               site_.context->env->wall_now());
    last_report_ = moment_of(*document, "last_report");
    for (const auto& owed : array_member(*document, "mails")) {
        const auto to = mail::Mailbox::parse(text_member(owed, "to").value_or(""));
        const auto part
            = [&](std::string_view name) { return text_member(owed, name).value_or(""); };
        if (to && mails_.size() < most_mails)
            mails_.push_back(
                {*to, {part("subject"), part("text"), part("html")}, moment_of(owed, "made")});
    }
    std::vector<WebHook::Owed> notices;
    for (const auto& owed : array_member(*document, "hook"))
        notices.push_back({text_member(owed, "id").value_or(""),
                           text_member(owed, "body").value_or(""), moment_of(owed, "made")});
    hook_.restore(std::move(notices));
}

std::string Alerts::text() const
{
    JsonWriter json;
    json.begin_object().member("last_report", seconds_of(last_report_));
    json.key("mails").begin_array();
    for (const auto& owed : mails_)
        json.begin_object()
            .member("to", owed.to.to_string())
            .member("subject", owed.text.subject)
            .member("text", owed.text.text)
            .member("html", owed.text.html)
            .member("made", seconds_of(owed.made))
            .end_object();
    json.end_array().key("hook").begin_array();
    for (const auto& owed : hook_.owed())
        json.begin_object()
            .member("id", owed.id)
            .member("body", owed.body)
            .member("made", seconds_of(owed.made))
            .end_object();
    json.end_array().key("conditions").raw(state_.text()).end_object();
    return json.take();
}

awaitable<void> Alerts::save()
{
    auto current = text();
    if (current == saved_)
        co_return;
    co_await site_.context->pool->run([this, &current] {
        storage::Records records{site_.context->data_directory, storage::DatabaseFile::alerts};
        const std::vector<storage::Records::Change> changes{{state_record, current}};
        records.write(changes);
    });
    saved_ = std::move(current);
}
}
