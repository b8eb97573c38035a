// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/transfer_encoding.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace filters::content {
/// Decoded bodies of containers, shared by all readings of one message, with one budget.
class DecodedContainers {
public:
    DecodedContainers(std::deque<std::string>& texts, std::size_t budget)
        : texts_{texts}, budget_{budget}
    { }
    /// What `body` decodes to, the likeliest reading first; nullopt once the budget is spent.
    std::optional<std::vector<std::string_view>> find(std::string_view body, Encoding encoding);

private:
    std::deque<std::string>& texts_;
    std::size_t budget_;
    std::map<std::tuple<const char*, std::size_t, Encoding>, std::vector<std::string_view>> known_;
};
}
