// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace storage {
/// One act of an administrator: who did what to what, and when.
struct AuditEntry {
    std::int64_t number = 0; ///< rises; 0 until stored
    WallTime time{};
    std::string who, act, object; ///< ≤ 512 octets each
};

/// The append-only record of what administrators did (security.md). It fails closed: what cannot be
/// recorded is not done.
class Audit {
public:
    virtual ~Audit() = default;
    /// Durable when it returns; to be called before the act. Throws Unavailable.
    virtual awaitable<void> add(AuditEntry entry) = 0;
    /// Newest first, at most `limit`; those before the number `before`, 0: all.
    virtual awaitable<std::vector<AuditEntry>> list(std::int64_t before, std::size_t limit) = 0;
    /// Forgets what is older.
    virtual awaitable<std::size_t> sweep(WallTime before) = 0;
};
}
