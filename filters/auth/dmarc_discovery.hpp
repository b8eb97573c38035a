// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dmarc.hpp"

#include <expected>
#include <map>

namespace filters::auth {
/// Finds records and organisational domains for one mail; asks for each domain once.
class DmarcDiscovery {
public:
    struct Failure {
        DmarcResult result = DmarcResult::temperror; ///< or permerror
        std::string problem = {};
    };
    DmarcDiscovery(DmarcStandard standard, Dns& dns) : standard_{standard}, dns_{dns} { }

    /// The record that applies to the author's domain.
    net::awaitable<std::expected<DmarcPublished, Failure>> publish(mail::Domain author);
    net::awaitable<std::expected<mail::Domain, Failure>> organization_of(mail::Domain domain);

private:
    struct Found {
        mail::Domain domain;
        DmarcRecord record;
    };
    /// What one name has. `is_settled`: it has several records, or one that cannot be used.
    struct Look {
        std::optional<DmarcRecord> record = {};
        bool is_settled = false;
        std::string problem = {};
    };
    using Walk = std::vector<Found>;

    net::awaitable<std::expected<Look, Failure>> look(const mail::Domain& domain);
    net::awaitable<std::expected<DmarcPublished, Failure>> publish_by_list(mail::Domain author);
    net::awaitable<std::expected<DmarcPublished, Failure>> publish_by_walk(mail::Domain author);
    net::awaitable<std::expected<Walk, Failure>> walk(mail::Domain from);
    static mail::Domain organization_in(const Walk& walk, const mail::Domain& from);

    DmarcStandard standard_;
    Dns& dns_;
};
}
