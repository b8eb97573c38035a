// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/layer.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace filters {
/// How often a layer found something or failed, and how long its inspections in the gate took,
/// since the process started. Safe from all threads; a number may be a moment old. What a layer
/// need not wait for is measured on one mail in `one_in`; what a layer waits for, always.
class LayerCounts {
public:
    using Nanoseconds = std::chrono::nanoseconds;
    static constexpr unsigned one_in = 16;
    /// The one object for a layer; a layer that is not in `layer_types` shares one with all such.
    static LayerCounts& of(const LayerType& type);
    /// The same for the half of a layer that runs where messages are parsed: facts that it found,
    /// and its times as the scan role tells them. A name of no layer gets the shared one.
    static LayerCounts& of_content(std::string_view layer);
    /// The same for the scan as a whole: waiting for a worker and all content layers.
    static LayerCounts& of_scan();

    void note_found() { found_.fetch_add(1, std::memory_order_relaxed); }
    void note_error() { errors_.fetch_add(1, std::memory_order_relaxed); }
    void note_time(Nanoseconds time);

    struct Report {
        std::uint64_t found = 0, errors = 0; ///< inspections
        std::uint64_t measured = 0;
        std::optional<double> p50_ms = {}, p95_ms = {}; ///< none: nothing was measured
    };
    Report report() const;

private:
    /// By powers of two of microseconds.
    std::array<std::atomic<std::uint64_t>, 26> times_{};
    std::atomic<std::uint64_t> found_{0}, errors_{0};
};
}
