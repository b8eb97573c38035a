// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/feeds/feed_index.hpp"

#include <string>

namespace filters::feeds {
/// Reads each file of a feed in `directory` as what it is for. Says why one cannot be used, "" if
/// all can. Blocks.
std::string why_unusable(const FeedIndex& index, const std::string& directory);
}
