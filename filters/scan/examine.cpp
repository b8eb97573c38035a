// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/examine.hpp"

#include "filters/content/analysis.hpp"
#include "filters/scan/circumstances.hpp"
#include "filters/scan/codec.hpp"

#include <algorithm>

namespace filters {
std::vector<const ContentLayer*> plain(const ContentLayers& layers)
{
    std::vector<const ContentLayer*> all;
    for (const auto& layer : layers)
        all.push_back(layer.get());
    return all;
}

Scanned unscannable(std::string why)
{
    Scanned scanned;
    scanned.findings.push_back({.name = "content.unscannable", .detail = std::move(why)});
    return scanned;
}

namespace {
Findings inspect(const ContentLayer& layer, const mail::Message& message, Scanned& scanned,
                 const Circumstances& circumstances)
{
    const auto* more = dynamic_cast<const CircumstantialLayer*>(&layer);
    return more != nullptr
        ? more->inspect_with(message, scanned.content, circumstances, scanned.costs)
        : layer.inspect(message, scanned.content);
}
}

Scanned guarded(const std::function<void(Scanned&)>& fill)
{
    try {
        Scanned scanned;
        fill(scanned);
        return confine(scanned) ? std::move(scanned)
                                : unscannable("what was found in it is too much");
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return unscannable(error.what());
    }
}

Scanned examine(const mail::Message& message, std::span<const ContentLayer* const> layers,
                const Circumstances& circumstances)
{
    return guarded([&](Scanned& scanned) {
        scanned.content = content::analyse(message, {});
        const auto& oddities = scanned.content.oddities;
        const auto cause = std::ranges::find_if(oddities, &content::Oddity::is_unscannable);
        if (cause != oddities.end())
            scanned.findings.push_back({.name = "content.unscannable", .detail = cause->detail});
        for (const auto* layer : layers)
            layer->extract(message, scanned.content);
        for (const auto* layer : layers) {
            auto found = inspect(*layer, message, scanned, circumstances);
            scanned.findings.insert(scanned.findings.end(), std::make_move_iterator(found.begin()),
                                    std::make_move_iterator(found.end()));
        }
    });
}
}
