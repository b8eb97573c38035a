// SPDX-License-Identifier: Apache-2.0
// What analysis costs an octet of messages made to be slow: at most 50 ns, whatever their size.
#include "filters/content/analysis.hpp"
#include "tests/bench/hostile_messages.hpp"

#include <benchmark/benchmark.h>

namespace {
using namespace filters::content;

void hostile_message(benchmark::State& state)
{
    const auto& input = hostile::all[static_cast<std::size_t>(state.range(0))];
    const auto size = static_cast<std::size_t>(state.range(1)) << 20;
    const auto message = hostile::message(input, size);
    for (auto _ : state)
        benchmark::DoNotOptimize(analyse(message, Limits{}).files.size());
    state.SetLabel(std::string{input.name});
    state.counters["ns/B"] = benchmark::Counter(static_cast<double>(message.size()) * 1e-9,
                                                benchmark::Counter::kIsIterationInvariantRate
                                                    | benchmark::Counter::kInvert);
}

BENCHMARK(hostile_message)
    ->ArgsProduct({benchmark::CreateDenseRange(0, static_cast<int>(hostile::all.size()) - 1, 1),
                   {1, 8, 50}})
    ->Unit(benchmark::kMillisecond);
}
