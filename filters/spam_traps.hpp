// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// A recipient with this finding is a spam trap; its detail is the address.
constexpr std::string_view trap_finding = "traps.address";

bool is_spam_trap(const mail::Recipient& recipient);
/// The signing domain that behaved well here before; "" none.
std::string proven_good_sender(const mail::Mail& mail);
/// The traps whose mail teaches, by address. Call where `reputation` has spoken.
std::vector<std::string> teaching_traps(const mail::Mail& mail);
}
