// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"
#include "storage/store.hpp"

#include <span>
#include <string>
#include <string_view>

namespace smtp {
/// Whether a failed row's sender may be told: mail that an outbound listener took, a sender to
/// tell, and NOTIFY that does not forbid it (RFC 3461 §4.1). Never for mail from outside (features
/// I2).
bool may_bounce(const storage::Row& row);

/// How many of the rows, from the first on, one notice names: a thousand at most, and what fits
/// into a mebibyte.
std::size_t named_in_one_bounce(std::span<const storage::Row> rows);

/// The delivery status notification (RFC 3464) for failed recipients of one mail, as a mail from <>
/// to its sender; `header` of the original is quoted.
mail::Mail make_bounce(std::span<const storage::Row> rows, std::string_view header,
                       const std::string& hostname, mail::MailId id,
                       std::chrono::system_clock::time_point now);
}
