// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/scan.hpp"

#include "filters/scan/examine.hpp"
#include "filters/scan/scanner.hpp"

namespace filters {
namespace {
Scanned scan_here(const mail::Message& message, const std::vector<const ContentLayer*>& layers,
                  const Circumstances& circumstances)
{
    try {
        std::vector<NamedLayer> all;
        for (const auto* layer : layers)
            all.push_back({layer});
        return examine(message, all, circumstances);
    } catch (const std::bad_alloc&) {
        return unscannable("it takes too much memory");
    }
}

awaitable<Scanned> scan_somewhere(const mail::Message& message,
                                  std::vector<const ContentLayer*> layers, Services& services,
                                  Circumstances circumstances)
{
    if (services.scanner) {
        auto scanned = co_await services.scanner->scan(message, std::move(circumstances));
        co_return scanned;
    }
    // Parsed here: the worker and the loop must not both be the first to ask for it.
    message.header();
    if (!services.pool)
        co_return scan_here(message, layers, circumstances);
    co_return co_await services.pool->run(
        [&message, layers = std::move(layers), circumstances = std::move(circumstances)] {
            return scan_here(message, layers, circumstances);
        });
}
}

awaitable<Scanned> scan(const mail::Message& message, std::vector<const ContentLayer*> layers,
                        Services& services, Circumstances circumstances)
{
    const auto counters = RuleCounters::of(services);
    circumstances.is_measured = counters->is_turn();
    auto scanned
        = co_await scan_somewhere(message, std::move(layers), services, std::move(circumstances));
    counters->add(scanned.findings, scanned.costs);
    co_return scanned;
}
}
