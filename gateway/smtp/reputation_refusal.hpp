// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"
#include "gateway/mail/reply.hpp"
#include "gateway/smtp/client.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace smtp {
/// What a server's refusal blames: "list" (we stand on one), "reputation", "spam" (what we sent
/// looked like it); nullopt: something else, or it is no refusal.
std::optional<std::string_view> blamed_by(const mail::Reply& reply);

/// A refusal of a domain's server that blames our address or name is raised as a condition of that
/// domain for a day (features O16); also one of its greeting.
void notice_refusal(const std::string& domain, const mail::Reply& reply,
                    std::chrono::system_clock::time_point now);
/// An answer of a server outside, and of what.
struct Answer {
    mail::Reply reply;
    bool is_recipients = false; ///< to RCPT of this one: the sender and the text are not its matter
};
/// What became of the recipient at `index` of a transaction that reached a server.
Answer answer_for(const Outcome& outcome, std::size_t index);

/// A server outside answered for a recipient: refusals for lists and reputation are raised as a
/// condition of its domain, which ends with the next mail it takes (features O16); a mailbox that
/// is unknown there counts for the address and for the sender of outgoing mail (O6).
void notice_answer(const mail::Mailbox& recipient, const mail::ReversePath& sender,
                   mail::Direction direction, const Answer& answer,
                   std::chrono::system_clock::time_point now);
}
