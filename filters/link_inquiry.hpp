// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/dns_list.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// A DNS list of sites (URIBL, SURBL, DBL).
struct LinkDnsList {
    DnsList dns;
    bool takes_addresses = false; ///< reversed, as lists of hosts have them
};

/// The findings that an inquiry makes.
struct LinkInquiryNames {
    DnsListNames list;
    std::string_view listed;
};

/// What DNS lists are asked about the sites of one message. The lists outlive it.
class LinkInquiry {
public:
    /// `sites`: registrable domains and addresses. Lists that rest are not asked, and say so.
    LinkInquiry(const std::vector<LinkDnsList>& lists, const std::vector<std::string>& sites,
                const LinkInquiryNames& names, double threshold, net::Env::Steady now);
    /// nullopt while answers are lacking.
    std::optional<Findings> answers(auth::Answers& dns, net::Env::Steady now) const;

private:
    struct Question {
        const DnsList* list;
        std::string site, name;
        std::string_view nobody;
    };
    std::vector<Question> questions_;
    Findings resting_;
    LinkInquiryNames names_;
    double threshold_;
};
}
