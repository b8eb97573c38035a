// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/context.hpp"

#include <optional>

namespace smtp {
/// What makes a transaction the same as an earlier one (promise §3): client network, envelope,
/// Message-ID, Date and body. All zero when Message-ID or Date is missing: such mail is never
/// suppressed.
net::awaitable<storage::TransactionHash> transaction_hash(Context& context, const mail::Mail& mail);

/// What makes copies of a mail the same, whatever way each takes: Message-ID, Date, From and body.
/// All zero where Message-ID or Date is missing.
net::awaitable<storage::TransactionHash> copy_hash(Context& context, const mail::Message& message);
/// The copy for one recipient.
storage::TransactionHash copy_for(const Context& context, const storage::TransactionHash& copy,
                                  const mail::Mailbox& recipient);

/// The id under which this transaction was already delivered or stored without the client surely
/// hearing our 250 (promise §3.4). Waits while another session is delivering the same.
net::awaitable<std::optional<mail::MailId>>
earlier_delivery(Context& context, storage::TransactionHash hash,
                 std::chrono::steady_clock::time_point deadline);
}
