// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/client.hpp"
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/pool.hpp"

#include <optional>
#include <vector>

namespace smtp {
/// This process still waits for the late reply to this mail's dot: nothing may hurry its retry.
bool awaits_late_reply(mail::MailId id);

/// Marks a mail as one whose late reply is awaited, for as long as this lives.
class LateReply {
public:
    explicit LateReply(mail::MailId id);
    LateReply(LateReply&&) noexcept;
    LateReply& operator=(LateReply&&) = delete;
    ~LateReply();

private:
    std::optional<mail::MailId> id_;
};

/// Waits for the reply to an unanswered dot and records what it says, as for any attempt.
net::awaitable<void> await_late_reply(Context& context, SnapshotPointer snapshot, Lease lease,
                                      LateReply mark, std::vector<storage::RowId> rows,
                                      Client::Deadline until);
}
