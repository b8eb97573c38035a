// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/spf.hpp"
#include "filters/auth/spf_macro.hpp"

#include <optional>
#include <vector>

namespace filters::auth {
/// One directive of a record: a mechanism and what a match means (RFC 7208 §4.6.1, §5).
struct SpfTerm {
    enum class Mechanism { all, include, a, mx, ptr, ip4, ip6, exists };
    Mechanism mechanism = Mechanism::all;
    SpfResult qualifier = SpfResult::pass; ///< pass, fail, softfail or neutral
    std::optional<SpfMacroString> domain = {}; ///< of a, mx, ptr: unset means the current one
    mail::Ip network = {}; ///< of ip4 and ip6
    unsigned prefix4 = 32, prefix6 = 128;
    std::string text = {}; ///< as published
};

/// A record whose syntax is right in every term.
struct SpfRecord {
    static constexpr std::size_t most_terms = 2000;
    std::vector<SpfTerm> terms;
    std::optional<SpfMacroString> redirect, explanation;
    std::string redirect_text = {}; ///< as published

    /// The text of one TXT record; it must satisfy `is_spf`. Takes linear time.
    static std::expected<SpfRecord, mail::Problem> parse(std::string_view text);
};

/// A domain that may be asked for a record: several labels of 1 to 63 octets that a host name may
/// have (§4.3).
bool can_have_spf(std::string_view domain);

/// A TXT record that begins with "v=spf1" as a whole word, whatever the case (§4.5).
bool is_spf(std::string_view txt);

/// The term's network has this address. IPv4 and IPv6 never meet (§5 about mapped addresses).
bool has_address(const SpfTerm& term, const mail::Ip& ip);
/// The first bits of both are the same: prefix4 of IPv4, prefix6 of IPv6.
bool are_near(const SpfTerm& term, const mail::Ip& one, const mail::Ip& other);
}
