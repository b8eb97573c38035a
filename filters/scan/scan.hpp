// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/layer.hpp"

#include <vector>

namespace filters {
/// What a scan gives back: content and the facts of the content layers.
struct Scanned {
    Content content;
    Findings findings;
};
/// The seam to the scan role: parses the message and runs the content layers over it, off the loop.
/// `message` and `layers` must outlive the wait. A fault, or
/// what nobody could analyse to its end, becomes the finding "content.unscannable".
awaitable<Scanned> scan(const mail::Message& message, std::vector<const ContentLayer*> layers,
                        Services& services);
}
