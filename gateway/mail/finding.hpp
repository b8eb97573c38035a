// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mail {
/// A fact that a layer established, such as "spf.fail". Facts never decide.
/// `name` is a string literal "layer.fact" (or interned); the variable part is `detail`.
struct Finding {
    std::string_view name;
    std::string detail = {};           ///< what a policy may match with name(glob): "example.org"
    std::string evidence = {};         ///< for people: where and why, ≤ 512 octets
    std::optional<double> weight = {}; ///< where a layer measures instead of says yes or no
};
using Findings = std::vector<Finding>;
}
