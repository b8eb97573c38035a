// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/dns_answer.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtp {
/// What a domain demands of who delivers to it (RFC 8461 §3.2).
struct StsPolicy {
    enum class Mode { none, testing, enforce } mode = Mode::none;
    std::vector<std::string> mx; ///< lower case, "*.example.org" as it stands
    std::chrono::seconds max_age{};
    bool operator==(const StsPolicy&) const = default;

    /// Whether a server of this name may take the domain's mail (§4.1).
    bool allows(std::string_view host) const;
};

/// The id of the one record "v=STSv1; id=…" at `_mta-sts.` (§3.1); nullopt: there is no policy.
std::optional<std::string> sts_id(const net::DnsAnswer& answer);

/// Reads the file `.well-known/mta-sts.txt`, at most 64 KiB and 200 servers. The error says what is
/// wrong with it.
std::expected<StsPolicy, std::string> parse_sts_policy(std::string_view text);
}
