// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/problem.hpp"

#include <compare>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mail {
/// A domain name or address literal as SMTP knows it (RFC 5321 §4.1.2, RFC 6531). Made only by its parser.
class Domain {
public:
    /// Accepts LDH names up to 255 octets, U-labels (UTF-8, UTS-46 → A-labels) and "[192.0.2.1]", "[IPv6:…]".
    static std::expected<Domain, Problem> parse(std::string_view text);
    /// Lower case, A-labels, no final dot; a literal keeps its brackets.
    const std::string& ascii() const { return ascii_; }
    bool is_literal() const { return ascii_.starts_with('['); }
    /// True for `parent` itself and every name under it.
    bool is_within(const Domain& parent) const;
    auto operator<=>(const Domain&) const = default;

private:
    std::string ascii_;
};

/// A mailbox `local@domain`. What `to_string` returns can be put on the wire as it is.
class Mailbox {
public:
    /// Accepts dot-atoms, quoted local parts and UTF-8 (RFC 6531); ≤ 64 octets local, ≤ 254 in all.
    /// Refuses control characters, bare spaces, and everything an address trick needs.
    static std::expected<Mailbox, Problem> parse(std::string_view text);
    /// Without quotes and backslashes, case kept.
    const std::string& local() const { return local_; }
    const Domain& domain() const { return domain_; }
    /// Serialised anew; the local part is quoted only where it must be.
    std::string to_string() const;
    /// For comparing: local part in lower case (NFC), domain in A-labels.
    std::string key() const;
    /// The local part has non-ASCII characters: only SMTPUTF8 peers may get it.
    bool needs_smtputf8() const;
    auto operator<=>(const Mailbox&) const = default;

private:
    std::string local_;
    Domain domain_;
};

/// What MAIL FROM names: nullopt is the null reverse-path "<>".
using ReversePath = std::optional<Mailbox>;

/// "a@b" or "" for the null path.
std::string to_string(const ReversePath& path);

/// A path read off the front of MAIL's or RCPT's argument, and the parameters that follow it.
struct PathAndRest {
    ReversePath path;          ///< nullopt: "<>"
    bool is_postmaster = false;///< "<postmaster>" without a domain (RFC 5321 §4.5.1); path is nullopt
    std::string_view rest;     ///< after '>', blanks skipped
};
/// Reads "<…>" (RFC 5321 §4.1.2); source routes are accepted and dropped (Appendix C).
std::expected<PathAndRest, Problem> parse_path(std::string_view argument);
}
