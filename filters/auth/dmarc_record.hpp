// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/problem.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace filters::auth {
/// What a domain wants done with mail that fails (RFC 7489 §6.3), mildest first.
enum class DmarcPolicy { none, quarantine, reject };
std::string_view to_string(DmarcPolicy policy);

/// Which reading of DMARC holds: organisational domains by the public suffix list and pct=, or by a
/// walk up the DNS tree, with np=, psd= and t=.
enum class DmarcStandard { rfc7489, rfc9989 };

/// A DMARC policy record (RFC 7489 §6.3, RFC 9989). Tags of both standards are read; who evaluates
/// picks.
struct DmarcRecord {
    static constexpr std::size_t most_tags = 64;
    DmarcPolicy policy = DmarcPolicy::none; ///< p=
    std::optional<DmarcPolicy> subdomains = {}; ///< sp=
    std::optional<DmarcPolicy> nonexistent = {}; ///< np=
    bool is_dkim_strict = false, is_spf_strict = false; ///< adkim=, aspf=
    unsigned percent = 100; ///< pct=
    enum class Suffix { unknown, yes, no } public_suffix = Suffix::unknown; ///< psd=
    bool is_testing = false; ///< t=y
    std::string reports = {}; ///< rua=, as published

    /// Reads the text of a TXT record that satisfies `is_dmarc`. Unknown tags and wrong values of
    /// tags with a default are passed over. A wrong p=, sp= or np= counts as p=none where reports
    /// are asked for, else the record is wrong (RFC 7489 §6.6.3 step 6). A missing p= is wrong in
    /// the same way, but "none" by RFC 9989.
    static std::expected<DmarcRecord, mail::Problem> parse(std::string_view text,
                                                           DmarcStandard standard);
};

/// Begins with "v=DMARC1", blanks allowed, case of the value not.
bool is_dmarc(std::string_view txt);
}
