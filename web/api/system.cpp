// SPDX-License-Identifier: Apache-2.0
// The machine behind the gateway: certificates, feeds, resolver, disk, versions.
#include "filters/scan/scanner.hpp"
#include "gateway/net/certificate.hpp"
#include "web/api/alerts.hpp"
#include "web/api/backup.hpp"
#include "web/api/health.hpp"
#include "web/api/json.hpp"
#include "web/api/site_routes.hpp"

namespace web {
namespace {
void write_certificates(JsonWriter& json, const Health& health, storage::WallTime now)
{
    json.key("certificates").begin_array();
    for (const auto& state : health.certificates) {
        json.begin_object().member("for", state.object).member("file", state.file);
        json.member("subject", state.subject).key("names").begin_array();
        for (const auto& name : state.names)
            json.text(name);
        json.end_array().member("ends", state.ends.value_or(storage::WallTime{})).key("days");
        state.ends ? json.number(std::chrono::floor<std::chrono::days>(*state.ends - now).count())
                   : json.null();
        json.member("problem", state.problem).end_object();
    }
    json.end_array();
}

awaitable<void> write_feeds(Site& site, JsonWriter& json)
{
    json.key("feeds").begin_array();
    if (site.feeds) {
        const auto reports
            = co_await site.context->pool->run([feeds = site.feeds] { return feeds->reports(); });
        for (const auto& feed : reports) {
            json.begin_object().member("name", feed.name).member("url", feed.url);
            json.member("serial", feed.serial);
            json.member("made", std::chrono::system_clock::time_point{feed.made});
            json.member("looked", feed.looked).member("problem", feed.problem).end_object();
        }
    }
    json.end_array();
}

void write_scan(JsonWriter& json, const Site& site)
{
    const auto* scanner = site.context->services->scanner;
    const auto scan = scanner ? scanner->status() : filters::ScannerStatus{};
    json.key("scan").begin_object().member("workers_used", scanner != nullptr);
    json.member("workers", scan.workers).member("busy", scan.busy);
    json.member("waiting", scan.waiting).member("problem", scan.problem);
    json.member("weaknesses", scan.weaknesses).end_object();
}

void write_backup(JsonWriter& json, const Site& site)
{
    const auto backup = last_backup(site);
    json.key("backup").begin_object().member("nightly", backup.is_nightly);
    json.member("running", backup.is_running).member("folder", backup.folder);
    json.member("last", backup.last ? storage::WallTime{backup.last->made} : storage::WallTime{});
    json.member("bytes", backup.last ? backup.last->bytes : std::uint64_t{0});
    json.member("problem", backup_problem(backup, site.context->env->wall_now())).end_object();
}

void write_resolver(JsonWriter& json, const Site& site)
{
    const auto dns = site.context->resolver->status();
    json.key("dns").begin_object().member("up", !dns.is_breaker_open).key("servers").begin_array();
    for (const auto& server : dns.servers)
        json.text(server.to_string());
    json.end_array().member("questions", dns.questions).member("failed", dns.failed).end_object();
}
}

awaitable<Response> get_system(Site& site, Principal, Request)
{
    const auto health = co_await look_at_health(site);
    const auto now = site.context->env->wall_now();
    JsonWriter json;
    json.begin_object().member("version", site.version).member("started", site.started_at);
    json.member("hostname", site.context->snapshot()->settings.hostname);
    json.member("url", site.web_url).member("data", site.context->data_directory);
    write_certificates(json, health, now);
    co_await write_feeds(site, json);
    write_resolver(json, site);
    json.key("disk").begin_object().member("free", health.disk_free);
    json.member("size", health.disk_size).end_object();
    const auto& usage = health.usage;
    json.key("store").begin_object().member("waiting", usage.waiting).member("held", usage.held);
    json.member("bodies", usage.bodies).member("bytes", usage.bytes);
    json.member("stopped", usage.is_stopped).end_object();
    write_scan(json, site);
    write_backup(json, site);
    json.key("conditions").begin_array();
    for (const auto& condition : health.conditions) {
        write_condition(json, condition);
        json.member("since", site.alerts ? site.alerts->since(condition) : storage::WallTime{});
        json.end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}
}
