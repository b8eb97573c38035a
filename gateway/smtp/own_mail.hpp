// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"
#include "gateway/smtp/context.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace smtp {
/// A mail that the gateway itself writes: an alert, a report, a digest. Texts are UTF-8 with LF.
struct OwnMail {
    mail::Mailbox to;
    std::string subject;
    std::string text;
    std::string html = {}; ///< the same for those who prefer it; "" for none
    std::string kind = {}; ///< a word for the log: "alert"
    std::vector<std::string> headers = {}; ///< further fields, "List-Unsubscribe: <…>"
    /// Who answers for it, in From and in the envelope; none: nobody, it goes out from <>.
    std::optional<mail::Mailbox> from = {};
    storage::TransactionHash once = {}; ///< for Store::find: whether it was submitted before
};

/// As it goes out: marked as automatic (RFC 3834), from <>, which nobody can bounce to, unless
/// somebody answers for it. 7-bit
/// throughout. A line of `headers` that could end its field is left out.
mail::Mail compose_own(const OwnMail& own, const std::string& hostname, mail::MailId id,
                       std::chrono::system_clock::time_point now);

/// Puts it durably into our own queue, signed where there is a key for our name. The error says why
/// not: no route to the recipient's domain, or the store takes nothing now.
net::awaitable<std::expected<mail::MailId, std::string>> submit_own(Context& context, OwnMail own);
}
