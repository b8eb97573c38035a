// SPDX-License-Identifier: Apache-2.0
#include "filters/layer_counts.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace filters {
namespace {
/// One for each layer, made once and then only read.
using All = std::map<std::string_view, LayerCounts>;
All& make(All& all)
{
    for (const auto* one : layer_types())
        all[one->name];
    return all;
}

LayerCounts& one_of(All& all, std::string_view name)
{
    static LayerCounts others;
    const auto found = all.find(name);
    return found == all.end() ? others : found->second;
}
}

LayerCounts& LayerCounts::of(const LayerType& type)
{
    static All made;
    static All& all = make(made);
    return one_of(all, type.name);
}

LayerCounts& LayerCounts::of_content(std::string_view layer)
{
    static All made;
    static All& all = make(made);
    return one_of(all, layer);
}

LayerCounts& LayerCounts::of_scan()
{
    static LayerCounts counts;
    return counts;
}

void LayerCounts::note_time(Nanoseconds time)
{
    const auto microseconds
        = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count() / 1000, 0));
    const auto place = static_cast<std::size_t>(std::bit_width(microseconds));
    times_[std::min(place, times_.size() - 1)].fetch_add(1, std::memory_order_relaxed);
}

LayerCounts::Report LayerCounts::report() const
{
    Report report{.found = found_.load(), .errors = errors_.load()};
    std::array<std::uint64_t, 26> times{};
    for (std::size_t i = 0; i < times.size(); ++i)
        report.measured += times[i] = times_[i].load(std::memory_order_relaxed);
    const auto quantile = [&](double part) -> std::optional<double> {
        auto left = part * static_cast<double>(report.measured);
        for (std::size_t i = 0; i < times.size(); ++i) {
            const auto here = static_cast<double>(times[i]);
            if (here > 0 && left <= here) {
                const double low = i == 0 ? 0 : static_cast<double>(1ULL << (i - 1));
                const auto high = static_cast<double>(1ULL << i);
                return (low + (high - low) * left / here) / 1000;
            }
            left -= here;
        }
        return {};
    };
    report.p50_ms = quantile(0.5);
    report.p95_ms = quantile(0.95);
    return report;
}
}
