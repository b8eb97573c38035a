// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// What others saw of mail in the name of a domain from one address, by a DMARC report.
struct ReportedSource {
    std::string source = {}; ///< an IP address, written one way
    std::uint64_t mails = 0;
    std::uint64_t proven = 0, dkim = 0, spf = 0; ///< of them aligned: by either, by each
    std::uint64_t quarantined = 0, rejected = 0;
};

/// What others saw of TLS towards a domain under one policy (RFC 8460).
struct ReportedSessions {
    std::string policy = {}; ///< "sts", "tlsa", "no-policy-found"
    std::string domain = {}, mx = {}, why = {}; ///< why: "certificate-expired 3, ..."
    std::uint64_t succeeded = 0, failed = 0;
};

/// A report that a mail brings: DMARC aggregate (RFC 7489), TLS (RFC 8460) or abuse (RFC 5965). All
/// of it is a stranger's word; texts are bounded and without control characters.
struct ReceivedReport {
    enum class Kind { dmarc, tls, abuse } kind = Kind::dmarc;
    std::string error = {}; ///< for people; what follows holds as far as it was read
    std::string organization = {}, id = {}, domain = {};
    std::int64_t begin = 0; ///< seconds since 1970; 0: it does not say
    std::vector<ReportedSource> sources = {}; ///< dmarc: at most 4,000, those with the most mails
    std::vector<ReportedSessions> sessions = {}; ///< tls: at most 1,000
    /// abuse: "abuse", "fraud"; the address that sent; the mail it is about.
    std::string type = {}, source = {}, sender = {}, recipient = {}, message_id = {};
};
std::string_view to_string(ReceivedReport::Kind kind);

/// Whether the name of a file or the type of a part says that it is a report, as the standards name
/// them: "receiver!domain!begin!end.xml.gz", "message/feedback-report".
bool is_report(std::string_view filename, std::string_view type);

/// The reports in a whole message as plain text, at most 10. What is a report by its name and
/// cannot be read is here with its error. Linear; unpacks at most 64 MiB; never fails.
std::vector<ReceivedReport> find_reports(std::string_view message, const Limits& limits);
}
