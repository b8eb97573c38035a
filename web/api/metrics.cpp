// SPDX-License-Identifier: Apache-2.0
#include "filters/clamd.hpp"
#include "filters/dns_lists.hpp"
#include "filters/scan/scanner.hpp"
#include "gateway/smtp/next_hops.hpp"
#include "web/api/alerts.hpp"
#include "web/api/api.hpp"
#include "web/api/backup.hpp"
#include "web/api/metric_families.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <map>

namespace web {
namespace {
/// Prometheus text (exposition format 0.0.4), family by family.
class Exposition {
public:
    void family(MetricName name)
    {
        const auto& family = name.family;
        name_ = family.name;
        fmt::format_to(std::back_inserter(out_), "# HELP mailweir_{} {}\n# TYPE mailweir_{} {}\n",
                       family.name, family.help, family.name, family.type);
    }
    template <class T>
    void sample(T value, std::string_view label = {}, std::string_view label_value = {})
    {
        if (label.empty())
            fmt::format_to(std::back_inserter(out_), "mailweir_{} {}\n", name_, value);
        else
            fmt::format_to(std::back_inserter(out_), "mailweir_{}{{{}=\"{}\"}} {}\n", name_, label,
                           escaped(label_value), value);
    }
    template <class T> void one(MetricName name, T value)
    {
        family(name);
        sample(value);
    }
    void line(std::string_view text)
    {
        out_ += std::string{"mailweir_"} + std::string{text} + "\n";
    }
    std::string take() { return std::move(out_); }

private:
    static std::string escaped(std::string_view text)
    {
        std::string out;
        for (const char c : text)
            out += c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string{c};
        return out;
    }
    std::string out_;
    std::string_view name_;
};

void add_sessions(Exposition& out, const smtp::Metrics& m)
{
    out.one("connections_total", m.connections.load());
    out.one("connections_refused_total", m.connections_refused.load());
    out.one("connections_open", m.open_connections.load());
    out.one("idle_reaped_total", m.idle_reaped.load());
    out.one("timeouts_total", m.timed_out.load());
    out.one("tls_handshakes_total", m.tls_handshakes.load());
}

void add_messages(Exposition& out, const smtp::Metrics& m)
{
    out.one("messages_total", m.messages.load());
    out.one("bytes_total", m.bytes.load());
    out.family("verdicts_total");
    for (std::size_t i = 0; i < m.verdicts.size(); ++i)
        out.sample(m.verdicts[i].load(), "action", mail::to_string(static_cast<mail::Action>(i)));
    out.one("refused_recipients_total", m.refused_recipients.load());
    out.one("cut_through_total", m.cut_through.load());
    out.one("spooled_total", m.spooled.load());
    out.one("relayed_total", m.relayed.load());
    out.one("attempts_failed_total", m.attempts_failed.load());
    out.one("duplicates_suppressed_total", m.duplicates_suppressed.load());
    out.one("in_doubt_total", m.in_doubt.load());
}

/// The bounds of Metrics::relay_time, in milliseconds; the last bucket has none.
constexpr std::array<double, 11> relay_bounds{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000};

void add_relay_time(Exposition& out, const smtp::Metrics& m)
{
    out.family("relay_seconds");
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < m.relay_time.size(); ++i) {
        count += m.relay_time[i].load();
        out.line(
            i < relay_bounds.size()
                ? fmt::format("relay_seconds_bucket{{le=\"{}\"}} {}", relay_bounds[i] / 1000, count)
                : fmt::format("relay_seconds_bucket{{le=\"+Inf\"}} {}", count));
    }
    out.line(fmt::format("relay_seconds_count {}", count));
}

void add_store(Exposition& out, const Site& site)
{
    const auto usage = site.context->store->usage();
    out.one("queue_rows", usage.waiting);
    out.one("held_rows", usage.held);
    out.one("store_bytes", usage.bytes);
    out.one("store_stopped", usage.is_stopped ? 1 : 0);
    const auto age = usage.oldest_waiting ? site.context->env->wall_now() - *usage.oldest_waiting
                                          : std::chrono::system_clock::duration{};
    out.one("queue_oldest_seconds", std::chrono::duration_cast<std::chrono::seconds>(age).count());
    out.one("history_dropped_total", site.context->history->dropped());
    out.one("log_lines_dropped_total", site.dropped_log_lines());
}

void add_backup(Exposition& out, const Site& site)
{
    const auto state = last_backup(site);
    if (!state.is_nightly)
        return;
    const auto made = state.last ? state.last->made : std::chrono::sys_seconds{};
    out.one("backup_timestamp_seconds", made.time_since_epoch().count());
    out.one("backup_bytes", state.last ? state.last->bytes : 0);
    out.one("backup_failed", state.problem.empty() ? 0 : 1);
}

void add_scan(Exposition& out, const Site& site)
{
    if (!site.context->services->scanner)
        return;
    const auto scan = site.context->services->scanner->status();
    out.one("scan_workers", scan.workers);
    out.one("scan_workers_busy", scan.busy);
    out.one("scan_waiting", scan.waiting);
    out.one("scan_behind_seconds",
            std::chrono::duration<double>(site.context->services->scanner->behind()).count());
    out.one("scan_messages_total", scan.scans);
    out.one("scan_workers_started_total", scan.started);
    out.one("scan_workers_died_total", scan.deaths);
    out.one("scan_unscannable_total", scan.unscannable);
    out.one("scan_not_scanned_total", scan.not_scanned);
}

void add_dns(Exposition& out, const Site& site)
{
    const auto dns = site.context->resolver->status();
    out.one("dns_up", dns.is_breaker_open ? 0 : 1);
    out.one("dns_questions_total", dns.questions);
    out.one("dns_cached_total", dns.cached);
    out.one("dns_joined_total", dns.joined);
    out.one("dns_failed_total", dns.failed);
    out.one("dns_timed_out_total", dns.timed_out);
    out.one("dns_over_limit_total", dns.refused_by_limit);
    out.one("dns_cache_entries", dns.cache_entries);
    out.one("dns_cache_bytes", dns.cache_bytes);
    const auto lists = filters::DnsLists::of(*site.context->services)->reports();
    if (lists.empty())
        return;
    out.family("dns_list_up");
    for (const auto& list : lists)
        out.sample(list.is_resting ? 0 : 1, "zone", list.zone);
    out.family("dns_list_hits_total");
    for (const auto& list : lists)
        out.sample(list.hits, "zone", list.zone);
}

void add_clamds(Exposition& out, const Site& site)
{
    const auto clamds = filters::ClamdStates::of(*site.context->services)->reports();
    if (clamds.empty())
        return;
    out.family("clamd_up");
    for (const auto& clamd : clamds)
        out.sample(clamd.is_up ? 1 : 0, "server", clamd.server);
    out.family("clamd_scans_total");
    for (const auto& clamd : clamds)
        out.sample(clamd.scans, "server", clamd.server);
    out.family("clamd_infected_total");
    for (const auto& clamd : clamds)
        out.sample(clamd.infected, "server", clamd.server);
    out.family("clamd_failures_total");
    for (const auto& clamd : clamds)
        out.sample(clamd.failures, "server", clamd.server);
}
}

namespace {
void add_alerts(Exposition& out, const Site& site)
{
    if (!site.alerts)
        return;
    std::map<std::string_view, std::uint64_t> standing;
    for (const auto& change : site.alerts->standing())
        ++standing[change.condition.kind->name];
    if (!standing.empty())
        out.family("conditions");
    for (const auto& [name, number] : standing)
        out.sample(number, "name", name);
    if (!site.alert_settings || !site.alert_settings->hook)
        return;
    const auto& hook = site.alerts->hook();
    out.family("web_hook_notices_total");
    out.sample(hook.counts().sent, "outcome", "sent");
    out.sample(hook.counts().failed, "outcome", "failed");
    out.sample(hook.counts().dropped, "outcome", "dropped");
    out.one("web_hook_waiting", hook.waiting());
}
}

std::string why_not_ready(const Site& site)
{
    if (site.context->is_draining)
        return "draining";
    if (site.context->store->usage().is_stopped)
        return "the store is stopped";
    return site.context->store->is_full() ? "the queue is full" : "";
}

std::string metrics_text(const Site& site)
{
    Exposition out;
    add_sessions(out, site.context->metrics);
    add_messages(out, site.context->metrics);
    add_relay_time(out, site.context->metrics);
    add_store(out, site);
    add_backup(out, site);
    out.family("next_hop_up");
    for (const auto& hop : smtp::next_hop_status())
        out.sample(hop.is_down ? 0 : 1, "server", hop.server);
    add_scan(out, site);
    add_dns(out, site);
    add_clamds(out, site);
    add_alerts(out, site);
    out.one("loop_stalls_total", net::Loop::stalls());
    out.one("loop_longest_turn_seconds",
            static_cast<double>(net::Loop::longest_turn().count()) / 1e6);
    auto end = std::chrono::system_clock::time_point::max();
    for (const auto& [listener, tls] : site.context->snapshot()->tls)
        end = std::min(end, tls->expires_at());
    if (end != std::chrono::system_clock::time_point::max())
        out.one("certificate_ends_seconds",
                std::chrono::duration_cast<std::chrono::seconds>(end.time_since_epoch()).count());
    return out.take();
}
}
