// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"
#include "gateway/mail/reply.hpp"

#include <optional>
#include <string_view>

namespace smtp {
/// What a server's refusal blames: "list" (we stand on one), "reputation", "spam" (what we sent
/// looked like it); nullopt: something else, or it is no refusal.
std::optional<std::string_view> blamed_by(const mail::Reply& reply);

/// A server outside answered: refusals for lists and reputation are raised as a condition of the
/// recipient's domain, which ends with the next mail it takes (features O16).
void notice_answer(const mail::Mailbox& recipient, const mail::Reply& reply);
}
