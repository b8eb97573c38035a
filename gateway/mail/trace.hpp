// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace mail {
/// "Tue, 28 Jul 2026 12:00:00 +0000" (RFC 5322 §3.3), in UTC.
std::string date_rfc5322(std::chrono::system_clock::time_point time);

/// The transmission type for the `with` clause: SMTP, ESMTP, ESMTPS (RFC 3848), UTF8SMTP, UTF8SMTPS
/// (RFC 6531 §4.3).
std::string_view transmission_type(const Client& client, const MailParameters& parameters);

/// A complete Received field, folded, ending in CRLF (RFC 5321 §4.4). It names no recipient, so
/// that one stamp serves all. What the client said of itself is cut down to harmless characters.
std::string received_line(const Mail& mail, std::string_view hostname, std::string_view id);
}
