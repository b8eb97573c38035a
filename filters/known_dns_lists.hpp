// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

namespace filters {
/// A DNS list of senders that many sites use, with what its answers mean. Terms change: the page
/// behind `url` counts.
struct KnownDnsList {
    std::string_view zone, name, url;
    std::string_view english, japanese; ///< its terms
    std::string_view settings; ///< of an entry of `dnsbl`: "weight: 1, codes: [\"127.0.0.2\"]"
};
std::span<const KnownDnsList> known_dns_lists();
/// nullptr: a list that nobody knows.
const KnownDnsList* known_dns_list(std::string_view zone);
}
