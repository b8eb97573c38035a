// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/scan.hpp"

#include "filters/scan/examine.hpp"
#include "filters/scan/scanner.hpp"

namespace filters {
namespace {
Scanned scan_here(const mail::Message& message, const std::vector<const ContentLayer*>& layers,
                  const std::string& hop)
{
    try {
        return examine(message, layers, hop);
    } catch (const std::bad_alloc&) {
        return unscannable("it takes too much memory");
    }
}
}

awaitable<Scanned> scan(const mail::Message& message, std::vector<const ContentLayer*> layers,
                        Services& services, std::string hop)
{
    if (services.scanner) {
        auto scanned = co_await services.scanner->scan(message, std::move(hop));
        co_return scanned;
    }
    // Parsed here: the worker and the loop must not both be the first to ask for it.
    message.header();
    if (!services.pool)
        co_return scan_here(message, layers, hop);
    co_return co_await services.pool->run(
        [&message, layers = std::move(layers), hop = std::move(hop)] {
            return scan_here(message, layers, hop);
        });
}
}
