// SPDX-License-Identifier: Apache-2.0
#include "filters/rate_state.hpp"

#include <algorithm>
#include <cmath>

namespace filters {
namespace {
constexpr std::size_t capacity = 1'000'000;
constexpr std::uint64_t enough_sessions = 1000;
constexpr double smallest_proposal = 50;
}

std::shared_ptr<RateState> RateState::of(Services& services)
{
    auto& kept = services.kept("rate");
    if (!kept)
        kept = std::make_shared<RateState>();
    return std::static_pointer_cast<RateState>(kept);
}

std::shared_ptr<storage::WindowCounters> RateState::counters(std::string_view name,
                                                             std::chrono::milliseconds window)
{
    const auto seconds = std::max(std::chrono::duration_cast<std::chrono::seconds>(window),
                                  std::chrono::seconds{1});
    auto& kept = counters_[{std::string{name}, seconds}];
    auto counts = kept.lock();
    if (!counts)
        kept = counts = std::make_shared<storage::WindowCounters>(capacity, seconds);
    std::erase_if(counters_, [](const auto& one) { return one.second.expired(); });
    return counts;
}

void RateState::note_sessions(double count, std::chrono::milliseconds window)
{
    window_.store(window, std::memory_order_relaxed);
    const auto bucket
        = static_cast<std::size_t>(std::max(0.0, 2 * std::log2(std::max(count, 1.0))));
    histogram_[std::min(bucket, histogram_.size() - 1)].fetch_add(1, std::memory_order_relaxed);
}

double RateState::proposed_limit() const
{
    std::uint64_t all = 0;
    for (const auto& bucket : histogram_)
        all += bucket.load(std::memory_order_relaxed);
    if (all < enough_sessions)
        return 0;
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    while (bucket + 1 < histogram_.size()
           && static_cast<double>(seen += histogram_[bucket].load(std::memory_order_relaxed))
               < 0.999 * static_cast<double>(all))
        ++bucket;
    const double most = std::pow(2.0, static_cast<double>(bucket + 1) / 2);
    return std::max(smallest_proposal, std::ceil(4 * most / 10) * 10);
}

std::string RateState::proposal() const
{
    const double limit = proposed_limit();
    if (limit == 0)
        return "";
    const auto window = duration_text(window_.load());
    return "99.9 % of the sessions stayed well below " + real_text(limit) + " per " + window
        + " and source; proposed: rate: { sessions: " + real_text(limit) + " per " + window + " }";
}
}
