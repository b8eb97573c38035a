// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/received_report.hpp"

#include <string_view>

namespace filters::content {
/// Reads a TLS report (RFC 8460 §4.4): JSON, or a gzip archive with it. Never fails: what is wrong
/// stands in `error`, and a report with an error has no sessions.
ReceivedReport read_tls_report(std::string_view octets);
}
