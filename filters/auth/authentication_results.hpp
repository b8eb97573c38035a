// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/header.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::auth {
/// "header.d=example.org": what a method looked at (RFC 8601 §2.2 propspec).
struct Property {
    std::string type; ///< "smtp", "header", "body", "policy"
    std::string name; ///< "mailfrom", "d"
    std::string value; ///< any octets; written quoted where it must be
    bool operator==(const Property&) const = default;
};

/// One method and what it said (RFC 8601 §2.2 resinfo).
struct MethodResult {
    std::string method; ///< "dkim"
    std::string result; ///< "pass"
    std::string reason = {};
    std::string comment = {}; ///< behind the result, such as "p=reject"; not read
    std::vector<Property> properties = {};

    /// One line: "dkim=pass header.d=example.org". Safe whatever stands in the texts.
    std::string text() const;
    /// Reads such a line; nullopt if it is none.
    static std::optional<MethodResult> parse(std::string_view text);
    bool operator==(const MethodResult&) const = default;
};

/// An Authentication-Results field (RFC 8601).
struct AuthenticationResults {
    static constexpr std::size_t longest = 16 * 1024;
    static constexpr std::size_t most_methods = 64;
    static constexpr std::size_t most_properties = 32; ///< of one method

    std::string authserv_id;
    std::vector<MethodResult> methods = {};

    /// Reads a raw value; nullopt if it is not of the form or beyond the bounds. Comments are
    /// dropped, and what some add without a type ("action=none").
    static std::optional<AuthenticationResults> parse(std::string_view raw_value);
    /// The value, folded: "mx.example.jp;\r\n\tspf=pass smtp.mailfrom=a@b", "id; none" without
    /// methods. Whatever stands in the texts, it is one field that reads back the same; what no
    /// quoted string may hold (controls, octets above 126) becomes '?'.
    std::string value() const;
    /// "Authentication-Results: " value CRLF.
    std::string field() const;
    bool operator==(const AuthenticationResults&) const = default;
};

/// The field claims to be written by `authserv_id`, or cannot be read for sure and holds it
/// somewhere: nobody but us may have written it, so it is left out on entry (RFC 8601 §5).
bool claims_to_be(const mail::Field& field, std::string_view authserv_id);

/// What stands behind the id in a field of `authserv_id`, as written; nullopt if it is another's.
std::optional<std::string_view> results_of(std::string_view raw_value,
                                           std::string_view authserv_id);
}
