// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/received_report.hpp"

#include <string_view>

namespace filters::content {
/// Reads the fields of a message/feedback-report (RFC 5965 §3), and the header of the mail that it
/// is about. Never fails: what is wrong stands in `error`.
ReceivedReport read_abuse_report(std::string_view fields, std::string_view original);
}
