// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/problem.hpp"

#include <compare>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mail {
/// A domain name or address literal as SMTP knows it (RFC 5321 §4.1.2, RFC 6531). Made only by its
/// parser.
class Domain {
public:
    /// Accepts names of letters, digits, '-' and '_' up to 253 octets (255 on the wire of DNS)
    /// whose last label is not all digits, U-labels (UTF-8, UTS-46 non-transitional → A-labels),
    /// "[192.0.2.1]" and "[IPv6:…]".
    static std::expected<Domain, Problem> parse(std::string_view text);
    /// Lower case, A-labels, no final dot; a literal keeps its brackets and is written one way:
    /// "[IPv6:2001:db8::1]", and a mapped IPv4 address as "[192.0.2.1]".
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
    /// Accepts dot-atoms, quoted local parts and UTF-8 (RFC 6531), ≤ 254 octets in all. Refuses an
    /// empty local part, control, bidi and invisible characters, bare spaces, a second '@' outside
    /// quotes and all else. Senders' local parts may be long (VERP); those of recipients are held
    /// to 64 by parse_path, those that stand for a sender (SRS0, SRS1) apart.
    static std::expected<Mailbox, Problem> parse(std::string_view text);
    /// Without quotes and backslashes, case kept.
    const std::string& local() const { return local_; }
    const Domain& domain() const { return domain_; }
    /// Serialised anew; the local part is quoted only where it must be.
    std::string to_string() const;
    /// For comparing: local part in lower case (NFC), domain in A-labels.
    const std::string& key() const { return key_; }
    /// The local part has non-ASCII characters: only SMTPUTF8 peers may get it.
    bool needs_smtputf8() const;
    /// The server behind us might read the local part as a route, a file, a program or an option:
    /// '@', '%', '!' or "/../" in it, or '.', '/', '|' or '-' in front. No such recipient is
    /// accepted.
    bool has_trick() const;
    auto operator<=>(const Mailbox&) const = default;

private:
    std::string make_key() const;
    std::string local_;
    Domain domain_;
    std::string key_; // asked for a dozen times a message
};

/// What MAIL FROM names: nullopt is the null reverse-path "<>".
using ReversePath = std::optional<Mailbox>;

/// "a@b" or "" for the null path.
std::string to_string(const ReversePath& path);

/// A path read off the front of MAIL's or RCPT's argument, and the parameters that follow it.
struct PathAndRest {
    ReversePath path; ///< nullopt: "<>"
    bool is_postmaster
        = false; ///< "<postmaster>" without a domain (RFC 5321 §4.5.1); path is nullopt
    std::string_view rest; ///< after '>', blanks skipped
};

/// Whose path it is: a recipient's is held to 64 octets of local part and refused if it
/// `has_trick`.
enum class PathUse { sender, recipient };

/// Reads "<…>" (RFC 5321 §4.1.2), blanks before it allowed; source routes are accepted and dropped
/// (Appendix C).
std::expected<PathAndRest, Problem> parse_path(std::string_view argument,
                                               PathUse use = PathUse::recipient);
}
