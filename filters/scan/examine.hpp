// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/scan.hpp"
#include "filters/scan/worker.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// A content layer, not owned; without a name nobody is told what it cost.
struct NamedLayer {
    const ContentLayer* layer;
    std::string_view name = {};
};

/// What a scan does with a message, wherever it runs: analysis, then each layer. Pure. A layer's
/// fault becomes "content.unscannable"; std::bad_alloc passes.
Scanned examine(const mail::Message& message, std::span<const NamedLayer> layers,
                const Circumstances& circumstances = {});

/// The same layers, not owned.
std::vector<NamedLayer> named(const ContentLayers& layers);

/// The scan of a message that cannot be analysed, with the reason.
Scanned unscannable(std::string why);

/// The scan that `fill` makes, confined; unscannable where it throws or finds more than may travel.
/// std::bad_alloc passes.
Scanned guarded(const std::function<void(Scanned&)>& fill);
}
