// SPDX-License-Identifier: Apache-2.0
#include "web/api/health.hpp"

#include "filters/dns_lists.hpp"
#include "filters/scan/scanner.hpp"
#include "gateway/net/certificate.hpp"
#include "gateway/smtp/unrouted.hpp"
#include "gateway/smtp/verification.hpp"
#include "storage/set_aside.hpp"
#include "web/api/alert_settings.hpp"
#include "web/api/backup.hpp"
#include "web/api/policy_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace web {
namespace {
using namespace std::chrono_literals;
constexpr auto certificate_warning = std::chrono::days{14};
/// Within it somebody who restored will have seen whether all is well.
constexpr auto restore_is_looked_after = std::chrono::days{7};

awaitable<void> look_at_disk(Site& site, Health& health)
{
    const auto directory = site.context->data_directory;
    const auto space = co_await site.context->pool->run([&directory] {
        std::error_code error;
        return std::filesystem::space(directory, error);
    });
    health.disk_free = space.available;
    health.disk_size = space.capacity;
    if (health.disk_free < 1ULL << 30 || health.disk_free * 20 < health.disk_size)
        health.add("disk.low");
}

awaitable<void> look_at_recipient_files(Site& site, Health& health)
{
    auto read = [snapshot = site.context->snapshot()] {
        std::vector<std::pair<std::string, std::string>> problems;
        for (const auto& [name, domain] : snapshot->settings.domains) {
            if (domain.recipients.kind != smtp::RecipientSource::Kind::file)
                continue;
            if (auto why = smtp::why_unreadable(domain.recipients.file); !why.empty())
                problems.emplace_back(name, std::move(why));
        }
        return problems;
    };
    for (auto& [name, why] : co_await site.context->pool->run(std::move(read)))
        health.add("recipients.unreadable", name, why);
}

void look_at_directories(const Site& site, Health& health)
{
    const auto snapshot = site.context->snapshot();
    for (const auto& [name, domain] : snapshot->settings.domains) {
        if (domain.recipients.kind != smtp::RecipientSource::Kind::ldap)
            continue;
        const auto why = site.context->directories->problem(domain.recipients.ldap->directory);
        if (!why.empty())
            health.add("directory.down", name, why);
    }
}

/// Asks those that no mail asked lately.
awaitable<void> look_at_clamds(Site& site, Health& health)
{
    const auto states = filters::ClamdStates::of(*site.context->services);
    if (const auto clamds = states->current())
        co_await clamds->look();
    health.clamds = states->reports();
    for (const auto& clamd : health.clamds)
        if (!clamd.is_up)
            health.add("clamd.down", clamd.server, clamd.problem);
}

/// Damaged files that were replaced, and what stood there before a restore, until somebody moves
/// them away: both hold mail beyond the time that mail is kept for.
awaitable<void> look_at_what_is_aside(Site& site, Health& health)
{
    const auto directory = site.context->data_directory;
    const auto files = co_await site.context->pool->run(
        [&directory] { return storage::set_aside_in(directory); });
    for (const auto& file : files)
        health.add("file.damaged", file.path,
                   fmt::format("{} ({})",
                               file.note.empty() ? "a damaged file was replaced" : file.note,
                               file.age_and_size()));
    const auto folders = co_await site.context->pool->run(
        [&directory] { return storage::before_restores_in(directory); });
    const auto long_ago = site.context->env->wall_now() - restore_is_looked_after;
    for (const auto& folder : folders)
        if (!folder.since || *folder.since < long_ago)
            health.add("restore.left", folder.path, folder.age_and_size());
}

/// Forgets the domains that got a route, or whose mail is gone.
awaitable<void> look_for_unrouted(Site& site, Health& health)
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
            health.add("route.missing", domain);
    }
}

void look_at_scan(const Site& site, Health& health)
{
    const auto* scanner = site.context->services->scanner;
    if (!scanner)
        return;
    const auto scan = scanner->status();
    if (!scan.problem.empty())
        health.add("scan.down", {}, scan.problem);
    if (!scan.old_rules.empty())
        health.add("scan.rules_old", {}, scan.old_rules);
    const auto behind = scanner->behind();
    if (behind > 5s)
        health.add("scan.behind", {},
                   fmt::format("{} messages wait, {} s long", scan.waiting,
                               std::chrono::floor<std::chrono::seconds>(behind).count()));
}

void look_at_store(const Site& site, Health& health)
{
    health.usage = site.context->store->usage();
    if (health.usage.is_stopped)
        health.add("store.stopped", {}, health.usage.problem);
    if (site.context->store->is_full())
        health.add("store.full");
    const auto oldest = health.usage.oldest_waiting;
    if (oldest && site.alert_settings
        && *oldest < site.context->env->wall_now() - site.alert_settings->queue_age)
        health.add("queue.old", {}, rfc3339(*oldest));
}

/// Reads one place's certificates as they lie there now.
CertificateState state_of(const std::string& object, const net::CertificateFiles& files)
{
    CertificateState state{object, files.certificate};
    const auto read = net::read_certificate(files);
    if (!read)
        state.problem = read.error();
    else if (*read) {
        state.subject = (*read)->subject;
        state.names = (*read)->names;
        state.ends = (*read)->ends;
    }
    return state;
}

awaitable<void> look_at_certificates(Site& site, Health& health)
{
    auto read = [snapshot = site.context->snapshot(), web = site.web_certificates] {
        std::vector<CertificateState> states;
        for (const auto& listener : snapshot->settings.listeners)
            for (const auto& pair : listener.certificates)
                states.push_back(state_of("listener " + listener.name, pair));
        for (const auto& pair : web)
            states.push_back(state_of("web", pair));
        return states;
    };
    health.certificates = co_await site.context->pool->run(std::move(read));
    // What is in use may end before what lies there; a chain may end before its first certificate.
    for (const auto& [listener, tls] : site.context->snapshot()->tls)
        for (auto& state : health.certificates)
            if (state.object == "listener " + listener)
                state.ends = std::min(state.ends.value_or(tls->expires_at()), tls->expires_at());
    const auto soon = site.context->env->wall_now() + certificate_warning;
    for (const auto& state : health.certificates) {
        if (!state.problem.empty())
            health.add("certificate.bad", state.object, state.problem);
        if (state.ends && *state.ends < soon)
            health.add("certificate.ends", state.object, rfc3339(*state.ends));
    }
}

/// Feeds that did not come as they should, or are old.
awaitable<void> look_at_feeds(Site& site, Health& health)
{
    if (!site.feeds)
        co_return;
    const auto reports
        = co_await site.context->pool->run([feeds = site.feeds] { return feeds->reports(); });
    for (const auto& report : reports)
        if (!report.problem.empty())
            health.add("feed.problem", report.name, report.problem);
}
}

std::optional<std::chrono::system_clock::time_point> Health::first_certificate_end() const
{
    std::optional<std::chrono::system_clock::time_point> first;
    for (const auto& state : certificates)
        if (state.ends)
            first = std::min(first.value_or(*state.ends), *state.ends);
    return first;
}

awaitable<Health> look_at_health(Site& site)
{
    Health health;
    look_at_store(site, health);
    health.next_hops = smtp::next_hop_status();
    for (const auto& hop : health.next_hops)
        if (hop.is_down)
            health.add("next_hop.down", hop.server, hop.problem);
    co_await look_at_disk(site, health);
    co_await look_at_certificates(site, health);
    if (!site.reload_problem.empty())
        health.add("reload.refused", {}, site.reload_problem);
    if (site.policies)
        if (const auto& problem = site.policies->in_force().problem; !problem.empty())
            health.add("policy.older", {}, problem);
    const auto now = site.context->env->wall_now();
    if (const auto why = backup_problem(last_backup(site), now); !why.empty())
        health.add("backup.missing", {}, why);
    if (site.context->is_draining)
        health.add("draining");
    if (site.context->resolver->status().is_breaker_open)
        health.add("dns.down");
    look_at_scan(site, health);
    co_await look_at_recipient_files(site, health);
    look_at_directories(site, health);
    co_await look_for_unrouted(site, health);
    co_await look_at_what_is_aside(site, health);
    co_await look_at_feeds(site, health);
    co_await look_at_clamds(site, health);
    for (auto& condition : smtp::Conditions::here().standing())
        health.conditions.push_back(std::move(condition));
    co_return health;
}

void write_condition(JsonWriter& json, const smtp::Condition& condition)
{
    const auto& kind = *condition.kind;
    json.begin_object().member("name", kind.name).member("object", condition.object);
    json.member("severity", smtp::to_string(kind.severity));
    json.key("sentence").begin_object().member("en", condition.english());
    json.member("ja", condition.japanese()).end_object();
    json.key("advice").begin_object().member("en", kind.english_advice);
    json.member("ja", kind.japanese_advice).end_object();
}
}
