// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace filters {
/// What analysis found in a message. Bounded, typed. Content analysis adds its members.
struct Content {
    std::string body; ///< the raw body as plain bytes, cut at 2 MiB
    bool is_cut = false;
};
}
