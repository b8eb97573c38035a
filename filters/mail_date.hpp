// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace filters {
/// Reads a Date field, unfolded (RFC 5322 §3.3, obsolete years and zones of §4.3 too; comments at
/// the end are passed over). nullopt for what is no date.
std::optional<std::chrono::system_clock::time_point> parse_mail_date(std::string_view text);
}
