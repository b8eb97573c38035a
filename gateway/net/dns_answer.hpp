// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace net {
/// The record types we ask for (RFC 1035 §3.2.2, RFC 3596, RFC 6698).
enum class RecordType : std::uint16_t {
    a = 1,
    ns = 2,
    cname = 5,
    soa = 6,
    ptr = 12,
    mx = 15,
    txt = 16,
    aaaa = 28,
    tlsa = 52
};

/// One record of the type that was asked for.
struct DnsRecord {
    /// A and AAAA: 4 or 16 octets. MX, PTR, NS, CNAME: the name, lower case, without the last dot
    /// ("" is the root), octets outside of printable ASCII, dots inside labels and backslashes as
    /// \DDD. TXT: its strings joined without a separator, any octets. TLSA: the RDATA.
    std::string data;
    std::uint16_t preference = 0; ///< of MX

    bool operator==(const DnsRecord&) const = default;
};

/// What the DNS said to one question. CNAMEs have been followed.
struct DnsAnswer {
    enum class Status {
        found, ///< `records` has at least one
        no_data, ///< the name exists, records of this type do not
        no_name, ///< NXDOMAIN
        failed ///< SERVFAIL, REFUSED, time-out, nonsense, breaker or budget: nothing is known
    };
    Status status = Status::failed;
    std::vector<DnsRecord> records = {}; ///< in the order received
    bool is_secure = false; ///< AD: a validating resolver vouches for it (RFC 4035)
    std::string problem = {}; ///< why it failed, for logs: "SERVFAIL", "timed out"

    bool is_found() const { return status == Status::found; }
    bool has_failed() const { return status == Status::failed; }
    /// Nothing there for sure: a void look-up in the sense of RFC 7208 §4.6.4.
    bool is_void() const { return status == Status::no_data || status == Status::no_name; }
};
/// Shared with the cache; never null.
using DnsAnswerPtr = std::shared_ptr<const DnsAnswer>;
}
