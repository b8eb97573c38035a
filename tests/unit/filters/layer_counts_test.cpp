// SPDX-License-Identifier: Apache-2.0
#include "filters/layer_counts.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using filters::LayerCounts;

TEST_CASE("half of a layer's inspections take no longer than its middle, nearly all than its 95th")
{
    LayerCounts counts;
    CHECK_FALSE(counts.report().p50_ms);
    for (int i = 0; i < 90; ++i)
        counts.note_time(100us);
    for (int i = 0; i < 10; ++i)
        counts.note_time(20ms);
    counts.note_time(-1s); // a clock that went back
    counts.note_time(1h);
    const auto report = counts.report();
    CHECK(report.measured == 102);
    REQUIRE(report.p50_ms);
    REQUIRE(report.p95_ms);
    CHECK(*report.p50_ms > 0.06);
    CHECK(*report.p50_ms < 0.13);
    CHECK(*report.p95_ms > 16);
    CHECK(*report.p95_ms < 33);
}

TEST_CASE("each layer has counts of its own")
{
    const auto& types = filters::layer_types();
    REQUIRE(types.size() > 1);
    CHECK(&LayerCounts::of(*types[0]) != &LayerCounts::of(*types[1]));
    CHECK(&LayerCounts::of(*types[0]) == &LayerCounts::of(*types[0]));
    const filters::LayerType unknown{.name = "unknown", .summary = ""};
    LayerCounts::of(unknown).note_error();
    CHECK(LayerCounts::of(unknown).report().errors > 0);
}
