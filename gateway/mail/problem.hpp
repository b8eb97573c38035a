// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace mail {
/// Why a parser refused its input: one plain sentence without the input itself.
struct Problem {
    std::string text;
    bool operator==(const Problem&) const = default;
};
}
