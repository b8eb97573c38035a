// SPDX-License-Identifier: Apache-2.0
// How a gate takes new versions of feeds while it serves.
#include "filters/fingerprint_table.hpp"
#include "gateway/channel.hpp"
#include "gateway/gate.hpp"

#include <spdlog/spdlog.h>

namespace app {
using namespace std::chrono_literals;
using filters::feeds::Updater;

namespace {
/// A feed's fingerprints go into the table, in place of what it brought before.
void take_fingerprints(filters::Services& services, const std::string& directory,
                       const Updater::Outcome& outcome, std::chrono::sys_seconds now)
{
    const auto table = filters::FingerprintTable::of(services);
    for (const auto& file : outcome.files) {
        if (file.kind != filters::feeds::FileKind::fingerprints)
            continue;
        const auto text = read_file(directory + "/" + file.name);
        if (!text || !table->import(*text, "feed " + outcome.name + "/" + file.name, now))
            spdlog::error("update: {}: {} cannot be taken", outcome.name, file.name);
    }
    table->save(now);
}
}

net::awaitable<void> Gate::refresh_scanner()
{
    if (scanner_)
        if (const auto renewed = co_await scanner_->refresh(); !renewed)
            spdlog::error("scan workers keep the old rules: {}", renewed.error());
}

net::awaitable<std::string> Gate::rebuild()
{
    while (is_reloading_)
        co_await net::sleep(50ms);
    is_reloading_ = true;
    tell(channel(), Tell::reloading);
    std::string problem;
    try {
        filters::Complaints warnings;
        auto built = co_await pool_->run(
            [this, &warnings] { return build_snapshot(configuration_, services_, warnings); });
        if (built)
            publish(std::move(*built));
        else
            problem = filters::to_string(built.error());
        if (built)
            co_await refresh_scanner();
    } catch (const std::exception& error) {
        problem = error.what();
    }
    is_reloading_ = false;
    tell(channel(), Tell::reloaded);
    if (std::exchange(is_reload_wanted_, false))
        co_await reload();
    co_return problem;
}

net::awaitable<std::string> Gate::adopt(Updater::Outcome outcome)
{
    const auto problem = co_await rebuild();
    if (!problem.empty()) {
        co_await pool_->run([this, &outcome] { updater_->store().withdraw(outcome.name); });
        // Where it fails without this version, too, files of the administrator are at fault.
        const bool is_at_fault = (co_await rebuild()).empty();
        if (is_at_fault)
            co_await pool_->run(
                [this, &outcome] { updater_->store().refuse(outcome.name, outcome.serial); });
        updater_->note_problem(
            outcome.name,
            fmt::format("version {} {} and was taken out: {}", outcome.serial,
                        is_at_fault ? "cannot be used" : "cannot be tried now, comes again",
                        problem.substr(0, problem.find('\n'))));
        co_return problem;
    }
    co_await pool_->run([this, &outcome] { updater_->store().prove(outcome.name); });
    const auto now = std::chrono::floor<std::chrono::seconds>(env_.wall_now());
    co_await pool_->run([this, &outcome, now] {
        take_fingerprints(services_, updater_->store().current_directory(outcome.name), outcome,
                          now);
    });
    co_return std::string{};
}

/// Versions change in several steps, and are on trial in between.
struct Gate::FeedTurn {
    bool& is_taken;
    ~FeedTurn() { is_taken = false; }
};

net::awaitable<void> Gate::wait_for_feeds()
{
    while (is_changing_feeds_)
        co_await net::sleep(50ms);
    is_changing_feeds_ = true;
}

net::awaitable<void> Gate::update_feeds()
{
    co_await wait_for_feeds();
    const FeedTurn turn{is_changing_feeds_};
    for (auto& outcome : co_await updater_->update_due())
        if (outcome.is_new)
            co_await adopt(std::move(outcome));
}

net::awaitable<std::vector<Updater::Outcome>> Gate::update(std::string source, bool only_looks)
{
    std::vector<std::string> names;
    for (const auto& one : updater_->sources())
        if (source.empty() || one.name == source)
            names.push_back(one.name);
    std::vector<Updater::Outcome> outcomes;
    co_await wait_for_feeds();
    const FeedTurn turn{is_changing_feeds_};
    for (const auto& name : names) {
        auto outcome = co_await updater_->update(name, only_looks);
        if (outcome.is_new && !only_looks)
            outcome.problem = co_await adopt(outcome);
        outcomes.push_back(std::move(outcome));
    }
    co_return outcomes;
}

net::awaitable<std::expected<std::uint64_t, std::string>> Gate::roll_back(std::string source)
{
    co_await wait_for_feeds();
    const FeedTurn turn{is_changing_feeds_};
    auto serial
        = co_await pool_->run([this, &source] { return updater_->store().roll_back(source); });
    if (!serial)
        co_return serial;
    spdlog::warn("update: {}: version {} is in use again", source, *serial);
    const auto index
        = co_await pool_->run([this, &source] { return updater_->store().current(source); });
    Updater::Outcome outcome{.name = source, .serial = *serial};
    if (index)
        outcome.files = index->files;
    if (auto problem = co_await adopt(std::move(outcome)); !problem.empty())
        co_return std::unexpected{std::move(problem)};
    co_return serial;
}
}
