// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/conditions.hpp"
#include "web/api/alert_settings.hpp"
#include "web/api/domain_records.hpp"

#include <random>

namespace web {
namespace {
/// Up to a tenth later, so that not all gateways ask at the same time.
std::chrono::milliseconds with_jitter(std::chrono::milliseconds every)
{
    static std::minstd_rand chance{std::random_device{}()};
    const auto most = every.count() / 10;
    return every
        + std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>{0, most}(chance)};
}

/// What lists say now of what they were asked about.
struct Round {
    std::map<std::string, std::string> listed; ///< with the list's words
    std::set<std::string> open; ///< no answer, or a refusal to answer
};

void add(Round& round, const DomainRecords::Looked& looked)
{
    for (const auto& one : looked.lists) {
        const auto object = one.subject + " at " + one.zone;
        if (one.state == "listed")
            round.listed[object] = one.answer;
        else if (one.state != "not_listed")
            round.open.insert(object);
    }
}

void tell(Round round, std::set<std::string>& standing)
{
    auto& conditions = smtp::Conditions::here();
    for (const auto& object : standing)
        if (!round.listed.contains(object) && !round.open.contains(object))
            conditions.clear("list.names_us", object);
    std::erase_if(standing, [&](const auto& object) { return !round.open.contains(object); });
    for (const auto& [object, words] : round.listed) {
        conditions.raise("list.names_us", object, words);
        standing.insert(object);
    }
}
}

awaitable<void> watch_lists(Site& site)
{
    auto& records = DomainRecords::here();
    const auto settings = site.alert_settings;
    const auto now = site.context->env->wall_now();
    const auto every = settings ? settings->public_lists : std::chrono::milliseconds{0};
    if (every.count() == 0) {
        tell({}, records.listed);
        records.watched_next = {};
        co_return;
    }
    // A clock that was set back does not put it off for longer than usual.
    if (now < records.watched_next && records.watched_next < now + 2 * every)
        co_return;
    records.watched_next = now + with_jitter(every);
    Round round;
    const auto snapshot = site.context->snapshot();
    for (const auto& [name, domain] : snapshot->settings.domains) {
        if (!records.of(name).is_busy_with_lists)
            co_await look_at_lists(site, name);
        add(round, records.of(name));
    }
    tell(std::move(round), records.listed);
}
}
