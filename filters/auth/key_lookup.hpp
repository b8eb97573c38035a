// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dkim_key.hpp"
#include "filters/auth/dns.hpp"

#include <string>
#include <vector>

namespace filters::auth {
/// What the DNS has under the name of a key (RFC 6376 §3.6.2).
struct KeyAnswer {
    static constexpr std::size_t most_records = 4; ///< looked at where a name has several
    struct Found {
        DkimKey record;
        PublicKey key;
    };
    std::string name;
    std::vector<Found> keys;
    std::string problem; ///< why there is none
    bool is_temporary = false; ///< the DNS did not answer
};

/// Asks for all names at once, for each of them once.
net::awaitable<std::vector<KeyAnswer>> find_keys(Dns& dns, std::vector<std::string> names,
                                                 std::size_t smallest_rsa);
/// The answer for `name`; it must be among those asked for.
const KeyAnswer& answer_for(const std::vector<KeyAnswer>& answers, const std::string& name);
}
