// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"
#include "storage/store.hpp"

#include <optional>
#include <string>

namespace smtp {
/// Whether a failed row's sender may be told: mail that an outbound listener took, a sender to
/// tell, and NOTIFY that does not forbid it (RFC 3461 §4.1). Never for mail from outside (features
/// I2).
bool may_bounce(const storage::Row& row);

/// The delivery status notification (RFC 3464) for one failed recipient, as a mail from <> to the
/// sender; the original's header is quoted.
mail::Mail make_bounce(const storage::Row& row, const mail::Message& original,
                       const std::string& hostname, mail::MailId id,
                       std::chrono::system_clock::time_point now);
}
