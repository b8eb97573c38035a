// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"
#include "gateway/smtp/settings.hpp"

#include <optional>
#include <string>

namespace smtp {
/// Who sends a mail of an outbound listener, as the fact `auth.account`: by the field that a
/// listed server writes, else by an envelope sender of ours. nullopt: nobody knows, or somebody
/// signed in and the fact is there. The message is complete.
std::optional<mail::Finding> account_of(const mail::Mail& mail, const Settings& settings);

/// Makes those whose doing it is the owners of outgoing mail, so that what is held of it is theirs:
/// the account or the sender, if that is an address of ours, else whoever forwards it. Recipients
/// of our own domains keep theirs; the sending domain is the owner's for them, too.
void own_outgoing(mail::Mail& mail, const Settings& settings);
}
