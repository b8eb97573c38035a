// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace mail {
/// The fact that tells which account sends a mail; its detail is the account's name.
inline constexpr std::string_view account_fact = "auth.account";

/// The account that sends; "": nobody knows, or the mail does not leave.
inline std::string account_of(const Mail& mail)
{
    if (mail.direction != Direction::outbound)
        return {};
    const auto found = std::ranges::find(mail.findings, account_fact, &Finding::name);
    return found == mail.findings.end() ? std::string{} : found->detail;
}
}
