// SPDX-License-Identifier: Apache-2.0
// What a gate does again and again, on its first loop.
#include "filters/fingerprint_table.hpp"
#include "filters/habit_table.hpp"
#include "gateway/channel.hpp"
#include "gateway/gate.hpp"
#include "storage/desk.hpp"
#include "storage/statistics.hpp"
#include "web/api/domain_records.hpp"

#include <spdlog/spdlog.h>

namespace app {
using namespace std::chrono_literals;

net::awaitable<void> Gate::beat()
{
    constexpr unsigned turns_of_a_minute = 12;
    known_certificates_ = certificate_times(context_.snapshot()->settings);
    for (unsigned turn = 0; !is_draining_; ++turn) {
        tell(channel(), Tell::heartbeat);
        // Each of these may fail alone: it is logged, and tried again the next time.
        if (turn % (10 * turns_of_a_minute) == 0)
            first_loop().spawn("sweep", sweep());
        if (turn % turns_of_a_minute == turns_of_a_minute - 1)
            first_loop().spawn("certificates", watch_certificates());
        if (turn % turns_of_a_minute == turns_of_a_minute / 2)
            first_loop().spawn("ledgers", write_ledgers());
        if (turn % turns_of_a_minute == turns_of_a_minute / 3)
            first_loop().spawn("directories", sweep_directories());
        if (turn % turns_of_a_minute == turns_of_a_minute / 4)
            first_loop().spawn("lessons", write_lessons());
        if (turn % turns_of_a_minute == 1)
            first_loop().spawn("update", update_feeds());
        if (turn % turns_of_a_minute == 2)
            first_loop().spawn("digests", send_digests());
        if (turn % turns_of_a_minute == 2)
            first_loop().spawn("public lists", web::watch_lists(site_));
        if (turn % turns_of_a_minute == 3)
            backups_.look();
        if (turn % turns_of_a_minute == 4)
            note_levels();
        if (gone_.is_due(context_.snapshot()))
            first_loop().spawn("who is gone", gone_.look());
        if (two_ways_->take_new_brake())
            first_loop().spawn("brakes", write_brakes());
        co_await net::sleep(5s);
    }
}

net::awaitable<void> Gate::watch()
{
    constexpr std::chrono::milliseconds shortest = 1s, longest = 10s;
    while (!is_draining_) {
        auto pause = longest;
        if (const auto settings = site_.alert_settings)
            pause = std::clamp(std::min(settings->after, settings->well_after), shortest, longest);
        co_await net::sleep(pause);
        first_loop().spawn("alerts", alerts_->turn());
        first_loop().spawn("web-hook", alerts_->deliver());
    }
}

net::awaitable<void> Gate::sweep()
{
    const auto now = env_.wall_now();
    smtp::Conditions::here().sweep(now);
    const auto rows = co_await context_.store->sweep(now);
    const auto past = co_await context_.history->sweep(now - configuration_.storage.keep_history);
    co_await context_.audit->sweep(now - configuration_.storage.keep_audit);
    co_await storage_.accounts->sweep(now);
    co_await storage_.desk->sweep(now - storage::Desk::trash_time);
    if (rows + past > 0)
        spdlog::debug("swept {} rows of the store and {} of the history", rows, past);
}

void Gate::note_levels()
{
    const auto usage = context_.store->usage();
    const auto now = env_.wall_now();
    storage_.statistics->note_level("waiting", now, usage.waiting);
    storage_.statistics->note_level("held", now, usage.held);
}

net::awaitable<void> Gate::write_ledgers()
{
    const auto now = std::chrono::floor<std::chrono::seconds>(env_.wall_now());
    co_await pool_->run([this, now] {
        storage_.ledgers->write(now);
        filters::FingerprintTable::of(services_)->save(now);
        two_ways_->save(now);
    });
}

/// An order, such as a lock, outlives a crash.
net::awaitable<void> Gate::write_brakes()
{
    co_await pool_->run([] { filters::HabitTable::here().save(); });
}

net::awaitable<void> Gate::sweep_directories()
{
    co_await pool_->run([this] { directories_.sweep(); });
}

net::awaitable<void> Gate::write_lessons()
{
    co_await classifier_->write(env_.wall_now(), configuration_.storage.keep_features);
}

net::awaitable<void> Gate::send_digests()
{
    if (digests_)
        co_await digests_->tick();
}

net::awaitable<void> Gate::watch_certificates()
{
    const auto snapshot = context_.snapshot();
    auto times = co_await pool_->run([&snapshot] { return certificate_times(snapshot->settings); });
    if (times == known_certificates_)
        co_return;
    auto next = co_await pool_->run([&snapshot] { return with_fresh_certificates(*snapshot); });
    if (!next) {
        // Certificate and key are replaced one after the other: a mismatch is looked at again.
        spdlog::warn("changed certificates cannot be used yet: {}", next.error());
        co_return;
    }
    // A reload in between has read them already.
    if (context_.snapshot() == snapshot)
        context_.replace(std::move(*next));
    known_certificates_ = std::move(times);
    spdlog::info("certificates were read again");
}
}
