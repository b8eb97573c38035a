// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/client.hpp"
#include "gateway/smtp/context.hpp"

#include <vector>

namespace smtp {
/// Rows of one stored mail that go in one transaction: same route, same stamp.
using Batch = std::vector<storage::Row>;

/// What an attempt says of its route: it took something, it answered, or nothing could be asked.
enum class RouteState { takes, answers, fails };

/// One delivery attempt for a batch, from loading the message to recording what became of each
/// row. Throws nothing.
net::awaitable<RouteState> attempt_delivery(Context& context, SnapshotPointer snapshot,
                                            Batch batch);

/// When a row that failed for now is tried again: the schedule's step for its attempts so far,
/// spread by ±10 %.
storage::WallTime next_attempt(const DeliverySettings& settings, unsigned attempts,
                               storage::WallTime now, std::uint64_t chance);
}
