// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace filters::content {
/// A message as the classifier sees it: hashed features, ascending, each once. No text can be had
/// back from them.
struct Features {
    std::vector<std::uint32_t> all; ///< below 2^22: what logistic regression weighs
    std::vector<std::uint32_t> words; ///< hashes of words with the place they stand in
};
}
