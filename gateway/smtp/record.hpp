// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/smtp/context.hpp"

#include <string>
#include <string_view>

namespace smtp {
/// What the message's common part of history and log is made of, once for all its recipients.
struct MessageRecord {
    storage::HistoryRow row;
    static MessageRecord of(const mail::Mail& mail, std::string_view stage);
};

/// One recipient's history row and log line: the verdict, the reply, what became of it.
void record_recipient(Context& context, const MessageRecord& message, const mail::Mail& mail,
                      std::size_t number, const mail::Recipient& recipient,
                      const filters::Judgement& judgement, const mail::Reply& reply,
                      std::string delivery, std::string timings);

/// A refusal before there was a message: at connect, HELO, MAIL or RCPT. Recipient may be empty.
void record_refusal(Context& context, const mail::Mail& mail, std::string_view stage,
                    std::string_view recipient, const mail::Verdict& verdict,
                    const mail::Findings& own, const mail::Reply& reply);

/// The row is a refusal that the gateway makes whatever the policy says: of relaying, of a client
/// at the door, of data that is none.
bool is_without_policy(const storage::HistoryRow& row);

/// A refusal of the client as such, before it named a sender. A permanent one at the door is a
/// blocklisted address, of which nothing is kept (features I7).
void record_client_refusal(Context& context, const mail::Client& client, std::string_view listener,
                           std::string_view stage, const mail::Reply& reply);

/// One line for a delivery attempt.
void log_attempt(mail::MailId id, std::string_view recipient, std::string_view server,
                 std::string_view outcome, const mail::Reply& reply,
                 std::chrono::milliseconds took);

/// Whether lines are JSON and whether subjects may stand in them; set once at start.
struct LogFormat {
    bool is_json = false;
    bool with_subjects = false;
};
void set_log_format(LogFormat format);

/// Text for a log field: control, bidi and invalid characters escaped, at most 512 octets.
std::string escaped(std::string_view hostile);
}
