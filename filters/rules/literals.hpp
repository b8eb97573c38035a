// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// Texts of which at least one stands, upper and lower case alike (ASCII), in every text that the
/// expression matches; in lower case, each at least two octets. Empty: nothing is known to be
/// needed. Over-approximates whatever it does not understand. Linear, does not recurse.
using Literals = std::vector<std::string>;
Literals required_literals(std::string_view expression, std::string_view modifiers);
}
