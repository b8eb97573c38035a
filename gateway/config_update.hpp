// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/feeds/updater.hpp"
#include "filters/yaml.hpp"

#include <vector>

namespace app {
/// The sources that `update` of mailweir.yaml names. What is wrong is complained of at its place.
std::vector<filters::feeds::FeedSource> read_feed_sources(const filters::Yaml& tree,
                                                          filters::Complaints& complaints);
}
