// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/mail_audit.hpp"

#include "storage/sqlite/texts.hpp"

namespace storage::sqlite {
awaitable<void> MailAudit::add(AuditEntry entry)
{
    co_await writer_.change([entry = std::move(entry)](MailTables& tables) {
        Statement insert{tables.database(),
                         "INSERT INTO audit(time, who, act, object) VALUES(?1, ?2, ?3, ?4)"};
        insert.run(stored_time(entry.time), shown(entry.who), shown(entry.act),
                   shown(entry.object));
    });
}

awaitable<std::vector<AuditEntry>> MailAudit::list(std::int64_t before, std::size_t limit)
{
    // Few ask, and seldom: the one writing connection may read for them.
    co_return co_await writer_.change([before, limit](MailTables& tables) {
        std::vector<AuditEntry> entries;
        Statement rows{tables.database(),
                       "SELECT number, time, who, act, object FROM audit"
                       " WHERE ?1 = 0 OR number < ?1 ORDER BY number DESC LIMIT ?2"};
        for (rows.start(before, limit); rows.next();)
            entries.push_back({rows.integer(0), time_from(rows.integer(1)),
                               std::string{rows.text(2)}, std::string{rows.text(3)},
                               std::string{rows.text(4)}});
        return entries;
    });
}

awaitable<std::size_t> MailAudit::sweep(WallTime before)
{
    co_return co_await writer_.change([before](MailTables& tables) {
        Statement drop{tables.database(), "DELETE FROM audit WHERE time < ?1"};
        return static_cast<std::size_t>(drop.run(stored_time(before)));
    });
}
}
