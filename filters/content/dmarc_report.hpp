// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// What others say of mail in the name of a domain: an aggregate report (RFC 7489 §7.2, RFC 9990).
/// All of it is a stranger's word.
struct DmarcReport {
    struct Row {
        std::string source; ///< the address of whoever sent
        std::uint64_t count = 0;
        std::string disposition; ///< none, quarantine, reject: what was done
        std::string dkim, spf; ///< pass, fail: aligned
        std::string header_from, envelope_from;
    };
    std::string organization, id, domain, policy; ///< policy: "reject"
    std::int64_t begin = 0, end = 0; ///< seconds since 1970
    std::vector<Row> rows; ///< at most 100,000
    bool is_cut = false; ///< there were more
};

/// Reads XML, or the first file of a gzip or zip archive with it. Takes linear time, follows no
/// entity but the five of XML, and unpacks at most 64 MiB. The error is for people.
std::expected<DmarcReport, std::string> read_dmarc_report(std::string_view octets);
}
