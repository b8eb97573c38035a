// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/stamp.hpp"
#include "gateway/smtp/context.hpp"

#include <vector>

namespace smtp {
/// Whether the configuration signs or seals this mail: from an outbound listener that of authors it
/// has keys for, and what others sealed before; what came from outside.
bool is_signed(const Snapshot& snapshot, const mail::Mail& mail);

/// Puts DKIM signatures or an ARC set on top of each stamp, made over the message as that stamp
/// leaves it. The body is hashed once, on the pool where it is large; a chain that no layer looked
/// at is validated. References outlive the wait.
net::awaitable<void> sign(Context& context, const Snapshot& snapshot, const mail::Mail& mail,
                          std::vector<mail::Stamp*> stamps);

/// The header of `message` as `stamp` leaves it, lines on top, without a body.
mail::Message stamped_header(const mail::Message& message, const mail::Stamp& stamp);
}
