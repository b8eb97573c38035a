// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/scan.hpp"

#include "filters/content/analysis.hpp"

#include <algorithm>

namespace filters {
namespace {
/// The in-process back end: what the scan role will do behind its sandbox.
Scanned scan_here(const mail::Message& message, const std::vector<const ContentLayer*>& layers)
{
    Scanned scanned;
    try {
        scanned.content = content::analyse(message, {});
        const auto& oddities = scanned.content.oddities;
        const auto cause = std::ranges::find_if(oddities, &content::Oddity::is_unscannable);
        if (cause != oddities.end())
            scanned.findings.push_back({.name = "content.unscannable", .detail = cause->detail});
        for (const auto* layer : layers) {
            auto found = layer->inspect(message, scanned.content);
            scanned.findings.insert(scanned.findings.end(), std::make_move_iterator(found.begin()),
                                    std::make_move_iterator(found.end()));
        }
    } catch (const std::exception& error) {
        scanned.findings.push_back({.name = "content.unscannable", .detail = error.what()});
    }
    return scanned;
}
}

awaitable<Scanned> scan(const mail::Message& message, std::vector<const ContentLayer*> layers,
                        Services& services)
{
    // Parsed here: the worker and the loop must not both be the first to ask for it.
    message.header();
    if (!services.pool)
        co_return scan_here(message, layers);
    co_return co_await services.pool->run(
        [&message, layers = std::move(layers)] { return scan_here(message, layers); });
}
}
