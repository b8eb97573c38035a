// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/answers.hpp"
#include "filters/dns_lists.hpp"
#include "filters/layer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace filters {
/// What the answers of one DNS list mean.
struct DnsListing {
    std::optional<double> weight; ///< none: not listed
    std::string codes; ///< "127.0.0.2, 127.0.0.4"
    std::string refusal; ///< the answer is none: the list refuses us or is dead
    std::string failure; ///< nothing was answered
};

/// One DNS list as a layer's settings name it.
struct DnsList {
    std::string zone;
    double weight = 1;
    ReturnCodes codes, refusals;
    std::shared_ptr<DnsListState> state;

    /// Keys zone, weight, codes, refusals; complains of what is wrong.
    static DnsList read(const Settings& item, DnsLists& states);
    /// Looks up `name`, which lies in the zone; `nobody` is what no list may have below its zone
    /// (RFC 5782 §5: "1.0.0.127", "invalid"). nullopt while answers are lacking.
    std::optional<DnsListing> look(auth::Answers& dns, const std::string& name,
                                   std::string_view nobody) const;
};

/// The findings that a layer makes of listings.
struct DnsListNames {
    std::string_view hit, allowed, unavailable;
};
/// Tells the list's state, and what counts; a finding without a name: nothing.
mail::Finding settled(const DnsList& list, const DnsListing& listing, const DnsListNames& names,
                      std::string_view subject, net::Env::Steady now);
}
