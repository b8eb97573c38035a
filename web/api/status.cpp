// SPDX-License-Identifier: Apache-2.0
#include "filters/clamd.hpp"
#include "filters/dns_lists.hpp"
#include "filters/rate_state.hpp"
#include "filters/scan/scanner.hpp"
#include "gateway/smtp/next_hops.hpp"
#include "gateway/smtp/unrouted.hpp"
#include "gateway/smtp/verification.hpp"
#include "storage/set_aside.hpp"
#include "web/api/backup.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

namespace web {
namespace {
using namespace std::chrono_literals;
constexpr auto certificate_warning = std::chrono::days{14};

/// What an administrator must know now. Gathered once for status and health.
struct Condition {
    storage::Usage usage;
    std::vector<smtp::NextHopStatus> next_hops;
    std::vector<filters::ClamdState::Report> clamds;
    std::uint64_t disk_free = 0, disk_size = 0;
    std::optional<std::chrono::system_clock::time_point> certificate_end;
    std::vector<std::string> problems; ///< mail does not flow as it should
};

awaitable<void> look_at_disk(Site& site, Condition& condition)
{
    const auto directory = site.context->data_directory;
    const auto space = co_await site.context->pool->run([&directory] {
        std::error_code error;
        return std::filesystem::space(directory, error);
    });
    condition.disk_free = space.available;
    condition.disk_size = space.capacity;
}

awaitable<void> look_at_recipient_files(Site& site, Condition& condition)
{
    auto read = [snapshot = site.context->snapshot()] {
        std::vector<std::string> problems;
        for (const auto& [name, domain] : snapshot->settings.domains) {
            if (domain.recipients.kind != smtp::RecipientSource::Kind::file)
                continue;
            const auto why = smtp::why_unreadable(domain.recipients.file);
            if (!why.empty())
                problems.push_back("the file of recipients of " + name
                                   + " cannot be read, all of them get 450: " + why);
        }
        return problems;
    };
    for (auto& text : co_await site.context->pool->run(std::move(read)))
        condition.problems.push_back(std::move(text));
}

void look_at_directories(const Site& site, Condition& condition)
{
    const auto snapshot = site.context->snapshot();
    for (const auto& [name, domain] : snapshot->settings.domains) {
        if (domain.recipients.kind != smtp::RecipientSource::Kind::ldap)
            continue;
        const auto why = site.context->directories->problem(domain.recipients.ldap->directory);
        if (!why.empty())
            condition.problems.push_back("the directory of " + name
                                         + " cannot be asked, recipients not seen lately get 450: "
                                         + why);
    }
}

/// Asks those that no mail asked lately.
awaitable<void> look_at_clamds(Site& site, Condition& condition)
{
    const auto states = filters::ClamdStates::of(*site.context->services);
    if (const auto clamds = states->current())
        co_await clamds->look();
    condition.clamds = states->reports();
    for (const auto& clamd : condition.clamds)
        if (!clamd.is_up)
            condition.problems.push_back("clamd " + clamd.server
                                         + " does not answer: " + clamd.problem);
}

/// Damaged files that were replaced, until somebody moves them away.
awaitable<void> look_for_damage(Site& site, Condition& condition)
{
    const auto directory = site.context->data_directory;
    const auto files = co_await site.context->pool->run(
        [&directory] { return storage::set_aside_in(directory); });
    for (const auto& file : files)
        condition.problems.push_back(
            (file.note.empty() ? std::string{"a damaged file was replaced"} : file.note)
            + "; it is kept as " + file.path + ": move it away when you have looked after it");
}

/// Forgets the domains that got a route, or whose mail is gone.
awaitable<void> look_for_unrouted(Site& site, Condition& condition)
{
    auto& unrouted = smtp::Unrouted::here();
    const auto snapshot = site.context->snapshot();
    for (const auto& domain : unrouted.domains()) {
        storage::RowQuery query;
        query.state = storage::RowState::waiting;
        query.recipient_domain = domain;
        query.limit = 1;
        const bool has_route
            = snapshot->settings.outbound || snapshot->settings.domains.contains(domain);
        const auto waiting = co_await site.context->store->list(query);
        if (has_route || waiting.empty())
            unrouted.remove(domain);
        else
            condition.problems.push_back("mail for " + domain
                                         + " waits: no route to this domain is configured");
    }
}

void look_at_scan(const Site& site, Condition& condition)
{
    if (!site.context->services->scanner)
        return;
    const auto scan = site.context->services->scanner->status();
    if (!scan.problem.empty())
        condition.problems.push_back(scan.problem + "; mail that needs a scan gets 451");
    if (!scan.old_rules.empty())
        condition.problems.push_back("scan workers keep the old rules: " + scan.old_rules);
    const auto behind = site.context->services->scanner->behind();
    if (behind > std::chrono::seconds{5})
        condition.problems.push_back(fmt::format(
            "scan workers cannot keep up: {} messages wait, {} s long; new mail gets 451, from "
            "15 s on new connections get 421",
            scan.waiting, std::chrono::floor<std::chrono::seconds>(behind).count()));
}

void find_problems(const Site& site, Condition& condition)
{
    auto& problems = condition.problems;
    if (condition.usage.is_stopped)
        problems.push_back("the store is stopped: " + condition.usage.problem
                           + "; if it stays so, restart mailweir: it saves what can be read");
    if (site.context->store->is_full())
        problems.emplace_back("the queue is at its high-water mark, by bytes or for a domain whose "
                              "server is away for "
                              "long; mail that needs it gets 452");
    for (const auto& hop : condition.next_hops)
        if (hop.is_down)
            problems.push_back("next hop " + hop.server + " is down: " + hop.problem);
    if (condition.disk_free < 1ULL << 30 || condition.disk_free * 20 < condition.disk_size)
        problems.push_back("less than 5 % or 1 GiB of disk is free");
    const auto now = site.context->env->wall_now();
    if (condition.certificate_end && *condition.certificate_end < now + certificate_warning)
        problems.push_back("a certificate ends " + rfc3339(*condition.certificate_end));
    if (!site.reload_problem.empty())
        problems.push_back("the last reload was refused: " + site.reload_problem);
    if (site.context->is_draining)
        problems.emplace_back("draining");
}

/// Feeds that did not come as they should, or are old.
awaitable<void> look_at_feeds(Site& site, Condition& condition)
{
    if (!site.feeds)
        co_return;
    const auto reports
        = co_await site.context->pool->run([feeds = site.feeds] { return feeds->reports(); });
    for (const auto& report : reports)
        if (!report.problem.empty())
            condition.problems.push_back("the feed " + report.name + ": " + report.problem);
}

awaitable<Condition> look(Site& site)
{
    Condition condition;
    condition.usage = site.context->store->usage();
    condition.next_hops = smtp::next_hop_status();
    co_await look_at_disk(site, condition);
    for (const auto& [listener, tls] : site.context->snapshot()->tls)
        if (!condition.certificate_end || tls->expires_at() < *condition.certificate_end)
            condition.certificate_end = tls->expires_at();
    find_problems(site, condition);
    look_at_scan(site, condition);
    co_await look_at_recipient_files(site, condition);
    look_at_directories(site, condition);
    co_await look_for_unrouted(site, condition);
    co_await look_for_damage(site, condition);
    co_await look_at_feeds(site, condition);
    co_await look_at_clamds(site, condition);
    if (auto why = backup_problem(last_backup(site), site.context->env->wall_now()); !why.empty())
        condition.problems.push_back(std::move(why));
    co_return condition;
}

void write_problems(JsonWriter& json, const Condition& condition)
{
    json.member("ok", condition.problems.empty()).key("problems").begin_array();
    for (const auto& text : condition.problems)
        json.text(text);
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

void write_store(JsonWriter& json, const Site& site, const Condition& condition)
{
    const auto& usage = condition.usage;
    json.key("store").begin_object().member("waiting", usage.waiting).member("held", usage.held);
    json.member("oldest_waiting", usage.oldest_waiting.value_or(storage::WallTime{}));
    json.member("bodies", usage.bodies).member("bytes", usage.bytes);
    json.member("stopped", usage.is_stopped).member("problem", usage.problem);
    json.member("under_way", site.queue->under_way());
    json.member("history_dropped", site.context->history->dropped()).end_object();
    json.key("disk").begin_object().member("free", condition.disk_free);
    json.member("size", condition.disk_size).end_object();
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

void write_next_hops(JsonWriter& json, const Condition& condition)
{
    json.key("next_hops").begin_array();
    for (const auto& hop : condition.next_hops) {
        json.begin_object().member("server", hop.server).member("down", hop.is_down);
        json.member("connections", hop.connections).member("problem", hop.problem);
        json.member("since", hop.since).end_object();
    }
    json.end_array();
}

void write_clamds(JsonWriter& json, const Condition& condition)
{
    json.key("clamd").begin_array();
    for (const auto& clamd : condition.clamds) {
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
    auto condition = co_await look(site);
    const auto now = site.context->env->wall_now();
    JsonWriter json;
    json.begin_object();
    write_problems(json, condition);
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
    write_store(json, site, condition);
    write_next_hops(json, condition);
    write_scan(json, site);
    write_dns(json, site);
    write_clamds(json, condition);
    json.key("lists").begin_object().member("entries", site.context->lists->count()).end_object();
    const auto proposal = filters::RateState::of(*site.context->services)->proposal();
    json.key("rate_proposal");
    proposal.empty() ? json.null() : json.text(proposal);
    write_backup(json, site);
    json.member("certificate_ends", condition.certificate_end.value_or(storage::WallTime{}));
    json.key("loops").begin_object().member("stalls", net::Loop::stalls());
    json.member("longest_ms", static_cast<double>(net::Loop::longest_turn().count()) / 1000)
        .end_object();
    json.member("log_lines_dropped", site.dropped_log_lines()).end_object();
    co_return json_response(json.take());
}

awaitable<Response> get_health(Site& site, Principal, Request)
{
    const auto condition = co_await look(site);
    JsonWriter json;
    json.begin_object();
    write_problems(json, condition);
    json.end_object();
    co_return json_response(json.take(), condition.problems.empty() ? 200 : 503);
}
}
