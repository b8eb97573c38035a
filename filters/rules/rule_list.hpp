// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"
#include "filters/yaml.hpp"

#include <map>
#include <string>
#include <vector>

namespace filters {
/// A rule of the layer `words` or a test of the layer `rules`, for people.
struct ListedRule {
    std::string name, layer;
    std::string source; ///< "file:line"
    std::string kind; ///< of words where it looks, of tests "header", "body"…
    std::string describe, japanese; ///< "" none
    double score = 0; ///< of words 0 where `kind` says what happens instead: "subject: block"
};

/// All of them, by these settings of layers. Reads files and compiles: never on a loop.
std::vector<ListedRule> list_rules(const std::map<std::string, Yaml, std::less<>>& settings,
                                   Services& services);
}
