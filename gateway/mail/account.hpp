// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace mail {
/// The fact that tells which account sends a mail; its detail is the account's name.
inline constexpr std::string_view account_fact = "auth.account";

/// Its evidence where nothing but the envelope names the account: anybody may write under it to
/// somebody here, whose server forwards that.
inline constexpr std::string_view account_by_envelope = "by the envelope sender";

/// The fact of a bounce that came back to an account that is locked; its detail is the account. It
/// is held apart from the account's mail, whatever the policy says.
inline constexpr std::string_view held_apart_fact = "bounce.held_apart";

inline const Finding* find_account(const Mail& mail)
{
    const auto found = std::ranges::find(mail.findings, account_fact, &Finding::name);
    return found == mail.findings.end() ? nullptr : &*found;
}

/// The account that sends; "": nobody knows, or the mail does not leave.
inline std::string account_of(const Mail& mail)
{
    const auto* found = mail.direction == Direction::outbound ? find_account(mail) : nullptr;
    return found ? found->detail : std::string{};
}
}
