// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/audit.hpp"
#include "storage/sqlite/writer.hpp"

namespace storage::sqlite {
/// The audit record in a table of mail.db.
class MailAudit final : public Audit {
public:
    /// `writer` must outlive it.
    explicit MailAudit(Writer& writer) : writer_{writer} { }
    awaitable<void> add(AuditEntry entry) override;
    awaitable<std::vector<AuditEntry>> list(std::int64_t before, std::size_t limit) override;
    awaitable<std::size_t> sweep(WallTime before) override;

private:
    Writer& writer_;
};
}
