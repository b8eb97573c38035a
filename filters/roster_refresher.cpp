// SPDX-License-Identifier: Apache-2.0
#include "filters/roster_refresher.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>

namespace filters {
namespace {
using namespace std::chrono_literals;
constexpr std::string_view state_name = "roster_refresher";
constexpr std::chrono::milliseconds longest_pause_of_failure = 30s;

struct Kept {
    RosterRefresher* refresher;
};
}

RosterRefresher::RosterRefresher(Hear hear) : hear_{std::move(hear)} { }
RosterRefresher::~RosterRefresher() = default;

RosterRefresher* RosterRefresher::of(Services& services)
{
    const auto kept = std::static_pointer_cast<Kept>(services.kept(state_name));
    return kept ? kept->refresher : nullptr;
}

void RosterRefresher::keep(Services& services, RosterRefresher& refresher)
{
    services.kept(state_name) = std::make_shared<Kept>(&refresher);
}

void RosterRefresher::configure(std::shared_ptr<const Rosters> files,
                                std::vector<RosterDirectory> directories)
{
    const std::lock_guard lock{mutex_};
    const auto before = std::exchange(sources_, {});
    for (const auto& old : before)
        if (std::ranges::find(directories, old.directory.name, &RosterDirectory::name)
            == directories.end())
            hear_(old.directory.name, {});
    for (auto& directory : directories) {
        const auto known = std::ranges::find(before, directory, &Source::directory);
        auto& source = sources_.emplace_back(Source{.directory = std::move(directory)});
        if (known != before.end())
            std::tie(source.rosters, source.is_away) = std::tie(known->rosters, known->is_away);
    }
    files_ = std::move(files);
    ++version_;
    if (sources_.empty())
        Rosters::put_here(files_);
    else if (!thread_.joinable())
        thread_ = std::jthread{[this](std::stop_token end) { work(std::move(end)); }};
    changed_.notify_one();
}

void RosterRefresher::work(std::stop_token end)
{
    std::unique_lock lock{mutex_};
    while (!end.stop_requested()) {
        const auto version = version_;
        const auto is_new = [&] { return version_ != version; };
        if (published_ != version_)
            publish(lock);
        if (is_new())
            continue;
        const auto next = std::ranges::min_element(sources_, {}, &Source::due);
        if (next == sources_.end()) {
            changed_.wait(lock, end, is_new);
        } else if (Clock::now() < next->due) {
            changed_.wait_until(lock, end, auto{next->due}, is_new);
        } else {
            const auto directory = next->directory;
            auto rosters = next->rosters;
            lock.unlock();
            auto read = read_rosters(directory, watch_, end);
            if (read && !(rosters && *rosters == *read))
                rosters = std::make_shared<const Rosters>(std::move(*read));
            lock.lock();
            if (!end.stop_requested())
                take(directory, rosters, read ? std::string{} : read.error());
        }
    }
}

/// Without the lock while it works: lists may be large, and a loop may want it.
void RosterRefresher::publish(std::unique_lock<std::mutex>& lock)
{
    const auto version = version_;
    const auto files = files_;
    std::vector<std::shared_ptr<const Rosters>> parts;
    for (const auto& source : sources_)
        if (source.rosters)
            parts.push_back(source.rosters);
    lock.unlock();
    auto all = std::make_shared<Rosters>(*files);
    for (const auto& part : parts)
        all->merge(*part);
    const bool is_other = *all != *Rosters::here();
    lock.lock();
    if (version != version_)
        return;
    published_ = version;
    if (is_other && !sources_.empty())
        Rosters::put_here(std::move(all));
}

/// A reading of what is no longer configured counts for nothing.
void RosterRefresher::take(const RosterDirectory& directory,
                           const std::shared_ptr<const Rosters>& rosters,
                           const std::string& problem)
{
    const auto source = std::ranges::find(sources_, directory, &Source::directory);
    if (source == sources_.end())
        return;
    source->due = Clock::now()
        + (problem.empty() ? directory.every : std::min(directory.every, longest_pause_of_failure));
    note(*source, problem);
    if (!problem.empty() || source->rosters == rosters)
        return;
    spdlog::info("{} lists read from the {}", rosters->lists.size(), directory.source());
    source->rosters = rosters;
    ++version_;
}

void RosterRefresher::note(Source& source, const std::string& problem)
{
    const auto name = source.directory.source();
    if (problem.empty() && source.is_away)
        spdlog::info("the lists of the {} can be read again", name);
    else if (!problem.empty() && !source.is_away)
        spdlog::warn("the lists of the {} cannot be read, what it said before counts: {}", name,
                     problem);
    source.is_away = !problem.empty();
    hear_(source.directory.name, problem);
}
}
