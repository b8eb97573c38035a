// SPDX-License-Identifier: Apache-2.0
#include "filters/dns_lists.hpp"
#include "filters/rate_state.hpp"
#include "filters/scan/scanner.hpp"
#include "web/api/alerts.hpp"
#include "web/api/backup.hpp"
#include "web/api/health.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

#include <array>

namespace web {
namespace {
void write_problems(JsonWriter& json, const Site& site, const Health& health)
{
    json.member("ok", health.conditions.empty()).key("problems").begin_array();
    for (const auto& condition : health.conditions)
        json.text(condition.english());
    json.end_array().key("conditions").begin_array();
    for (const auto& condition : health.conditions) {
        write_condition(json, condition);
        json.member("since", site.alerts ? site.alerts->since(condition) : storage::WallTime{});
        json.end_object();
    }
    json.end_array();
}

void write_traffic(JsonWriter& json, const smtp::Metrics& metrics)
{
    constexpr std::array<mail::Action, 6> actions{mail::Action::deliver,    mail::Action::tag,
                                                  mail::Action::quarantine, mail::Action::discard,
                                                  mail::Action::defer,      mail::Action::reject};
    json.key("sessions").begin_object().member("open", metrics.open_connections.load());
    json.member("taken", metrics.connections.load());
    json.member("refused", metrics.connections_refused.load()).end_object();
    json.key("messages").begin_object().member("received", metrics.messages.load());
    json.member("bytes", metrics.bytes.load()).key("verdicts").begin_object();
    for (const auto action : actions)
        json.member(mail::to_string(action),
                    metrics.verdicts[static_cast<std::size_t>(action)].load());
    json.end_object().member("refused_recipients", metrics.refused_recipients.load());
    json.member("cut_through", metrics.cut_through.load())
        .member("spooled", metrics.spooled.load());
    json.member("relayed", metrics.relayed.load()).end_object();
}

void write_store(JsonWriter& json, const Site& site, const Health& health)
{
    const auto& usage = health.usage;
    json.key("store").begin_object().member("waiting", usage.waiting).member("held", usage.held);
    json.member("oldest_waiting", usage.oldest_waiting.value_or(storage::WallTime{}));
    json.member("bodies", usage.bodies).member("bytes", usage.bytes);
    json.member("stopped", usage.is_stopped).member("problem", usage.problem);
    json.member("under_way", site.queue->under_way());
    json.member("history_dropped", site.context->history->dropped()).end_object();
    json.key("disk").begin_object().member("free", health.disk_free);
    json.member("size", health.disk_size).end_object();
}

void write_scan(JsonWriter& json, const Site& site)
{
    const auto* scanner = site.context->services->scanner;
    json.key("scan").begin_object().member("workers_used", scanner != nullptr);
    const auto scan = scanner ? scanner->status() : filters::ScannerStatus{};
    json.member("workers", scan.workers).member("busy", scan.busy);
    json.member("waiting", scan.waiting).member("messages", scan.scans);
    json.member("behind_ms", scanner ? scanner->behind().count() : 0);
    json.member("started", scan.started).member("died", scan.deaths);
    json.member("unscannable", scan.unscannable).member("not_scanned", scan.not_scanned);
    json.member("weaknesses", scan.weaknesses).end_object();
}

void write_next_hops(JsonWriter& json, const Health& health)
{
    json.key("next_hops").begin_array();
    for (const auto& hop : health.next_hops) {
        json.begin_object().member("server", hop.server).member("down", hop.is_down);
        json.member("connections", hop.connections).member("problem", hop.problem);
        json.member("since", hop.since).end_object();
    }
    json.end_array();
}

void write_clamds(JsonWriter& json, const Health& health)
{
    json.key("clamd").begin_array();
    for (const auto& clamd : health.clamds) {
        json.begin_object().member("server", clamd.server).member("up", clamd.is_up);
        json.member("scans", clamd.scans).member("infected", clamd.infected);
        json.member("failures", clamd.failures).member("problem", clamd.problem).end_object();
    }
    json.end_array();
}

void write_dns(JsonWriter& json, const Site& site)
{
    const auto dns = site.context->resolver->status();
    json.key("dns").begin_object().member("up", !dns.is_breaker_open);
    json.key("servers").begin_array();
    for (const auto& server : dns.servers)
        json.text(server.to_string());
    json.end_array().member("questions", dns.questions).member("cached", dns.cached);
    json.member("failed", dns.failed).member("timed_out", dns.timed_out);
    json.member("cache_entries", dns.cache_entries).member("cache_bytes", dns.cache_bytes);
    json.key("lists").begin_array();
    for (const auto& list : filters::DnsLists::of(*site.context->services)->reports()) {
        json.begin_object().member("zone", list.zone).member("up", !list.is_resting);
        json.member("asked", list.asked).member("hits", list.hits);
        json.member("refusals", list.refusals).member("failures", list.failures);
        json.member("problem", list.problem).end_object();
    }
    json.end_array().end_object();
}

void write_backup(JsonWriter& json, const Site& site)
{
    const auto state = last_backup(site);
    json.key("backup").begin_object().member("nightly", state.is_nightly);
    json.member("running", state.is_running).member("folder", state.folder);
    json.member("last",
                std::chrono::system_clock::time_point{state.last ? state.last->made
                                                                 : std::chrono::sys_seconds{}});
    json.member("bytes", state.last ? state.last->bytes : 0).member("problem", state.problem);
    json.end_object();
}
}

awaitable<Response> get_status(Site& site, Principal, Request)
{
    const auto health = co_await look_at_health(site);
    const auto now = site.context->env->wall_now();
    JsonWriter json;
    json.begin_object();
    write_problems(json, site, health);
    json.member("version", site.version).member("started", site.started_at);
    json.member("uptime_s",
                std::chrono::duration_cast<std::chrono::seconds>(now - site.started_at).count());
    json.key("listeners").begin_array();
    for (const auto& listener : site.listeners) {
        json.begin_object().member("name", listener.name).member("role", listener.role);
        json.member("address", listener.address).end_object();
    }
    json.end_array();
    write_traffic(json, site.context->metrics);
    write_store(json, site, health);
    write_next_hops(json, health);
    write_scan(json, site);
    write_dns(json, site);
    write_clamds(json, health);
    json.key("lists").begin_object().member("entries", site.context->lists->count()).end_object();
    const auto proposal = filters::RateState::of(*site.context->services)->proposal();
    json.key("rate_proposal");
    proposal.empty() ? json.null() : json.text(proposal);
    write_backup(json, site);
    json.member("certificate_ends", health.first_certificate_end().value_or(storage::WallTime{}));
    json.key("loops").begin_object().member("stalls", net::Loop::stalls());
    json.member("longest_ms", static_cast<double>(net::Loop::longest_turn().count()) / 1000)
        .end_object();
    json.member("log_lines_dropped", site.dropped_log_lines()).end_object();
    co_return json_response(json.take());
}

awaitable<Response> get_health(Site& site, Principal, Request)
{
    const auto health = co_await look_at_health(site);
    JsonWriter json;
    json.begin_object();
    write_problems(json, site, health);
    json.end_object();
    co_return json_response(json.take(), health.conditions.empty() ? 200 : 503);
}
}
