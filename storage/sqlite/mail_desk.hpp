// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/desk.hpp"
#include "storage/sqlite/history_log.hpp"
#include "storage/sqlite/mail_store.hpp"

namespace storage::sqlite {
/// Desk over mail.db and history.db.
class MailDesk final : public Desk {
public:
    /// Both must outlive it.
    MailDesk(MailStore& store, HistoryLog& history) : store_{store}, history_{history} { }
    awaitable<std::vector<Row>> rows(RowQuery query, Reach reach) override;
    awaitable<std::uint64_t> count_held(Reach reach) override;
    awaitable<std::vector<HistoryRow>> history(HistoryQuery query, Reach reach,
                                               VerdictQuery verdicts) override;
    awaitable<HistoryPage> history_page(HistoryQuery query, Reach reach,
                                        VerdictQuery verdicts) override;
    awaitable<std::map<RowId, RowState>> states(std::vector<RowId> rows) override;
    awaitable<std::vector<std::string>> held_owners(std::string after, std::size_t limit) override;
    awaitable<std::size_t> throw_away(std::vector<RowId> rows, WallTime now) override;
    awaitable<std::size_t> fetch_back(std::vector<RowId> rows, Reach reach) override;
    awaitable<std::size_t> sweep(WallTime before) override;

private:
    MailStore& store_;
    HistoryLog& history_;
};
}
