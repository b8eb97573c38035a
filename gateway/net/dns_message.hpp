// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/dns_answer.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace net {
/// A name in the one spelling that all comparisons use: lower case, no last dot, unusual octets as
/// \DDD (see DnsRecord); "" is the root. nullopt for what cannot be asked: an empty label, a label
/// over 63 octets, over 255 on the wire (RFC 1035 §2.3.4).
std::optional<std::string> canonical_name(std::string_view text);

/// Adds one label of a name, given as octets, in canonical spelling.
void append_label(std::string& name, std::string_view label);

/// The octets of one question for a name that `canonical_name` gave: recursion desired, AD (RFC
/// 6840 §5.7), and an OPT record of 11 octets at the end that offers 1,232 octets (RFC 6891).
std::string question_message(std::uint16_t id, std::string_view canonical, RecordType type);

/// What one response says.
struct DnsResponse {
    DnsAnswer answer;
    /// How long it may be kept: the least TTL on the way; for nothing-there the SOA's (RFC 2308
    /// §5); zero where none says.
    std::chrono::seconds lifetime{0};
};

/// Reads a response to the question for `canonical` and `type`. Follows at most eight CNAMEs inside
/// the answer. Anything malformed, of another question, truncated or beyond the bounds (1,000
/// records, 127 compression pointers in a name) is `failed`; of the records at most 256 are kept.
DnsResponse read_response(std::string_view message, std::string_view canonical, RecordType type);
}
