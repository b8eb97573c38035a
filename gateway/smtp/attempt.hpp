// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/client.hpp"
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/failure_notices.hpp"

#include <vector>

namespace smtp {
/// Rows of one stored mail that go in one transaction: same route, same stamp.
using Batch = std::vector<storage::Row>;

/// What an attempt says of its route: it took something, it answered, or nothing could be asked.
enum class RouteState { takes, answers, fails };

/// Nothing could be asked: the server did not answer, or broke off.
bool is_unreached(const Outcome& outcome);

/// One delivery attempt for a batch, from loading the message to recording what became of each
/// row. Failures that their sender is told of are left to `notices`, which outlives the wait; null:
/// they are told of at once. Throws nothing.
net::awaitable<RouteState> attempt_delivery(Context& context, SnapshotPointer snapshot, Batch batch,
                                            FailureNotices* notices = nullptr);

/// Tells the administrator that accepted mail waits for a person: nobody else will hear of it.
void alert_held(storage::RowId row, std::string_view address, std::string_view reason,
                std::string_view reply);

/// What became of a row, in log, history and counts; of one that is held people are told.
void note_attempt(Context& context, const Attempted& attempted);

/// Makes of an outcome what it is for each row, durably: delivered, a later attempt, held, or
/// bounced to the organisation's own sender (see `attempt_delivery`); with log and history.
/// References outlive the wait.
net::awaitable<void> record_outcome(Context& context, const SnapshotPointer& snapshot,
                                    const Batch& batch, const mail::Message& message,
                                    const Outcome& outcome, milliseconds took,
                                    FailureNotices* notices = nullptr);

/// When a row that failed for now is tried again: the schedule's step for its attempts so far,
/// spread by ±10 %.
storage::WallTime next_attempt(const DeliverySettings& settings, unsigned attempts,
                               storage::WallTime now, std::uint64_t chance);
}
