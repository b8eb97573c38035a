// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/circumstances.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// What one content layer cost in one message.
struct LayerCost {
    std::string_view name; ///< of the layer
    std::uint64_t nanoseconds = 0;
};

/// What a scan gives back: content without the texts of bodies, and the facts of content layers.
struct Scanned {
    Content content;
    Findings findings;
    std::vector<TestCost> costs; ///< of the layer `rules`, where they were measured
    std::vector<LayerCost> layers; ///< where they were timed, by the scan role alone
};
/// Parses the message and runs the content layers over it, off the loop: in the scan role where
/// there is one, else on the worker pool. `message` and `layers` must outlive the wait. A fault, or
/// what nobody could analyse to its end, becomes "content.unscannable". Throws where the scan role
/// cannot be reached: then the message was not scanned.
awaitable<Scanned> scan(const mail::Message& message, std::vector<const ContentLayer*> layers,
                        Services& services, Circumstances circumstances = {});
}
