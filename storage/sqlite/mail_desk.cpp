// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/mail_desk.hpp"

#include "storage/sqlite/reach_terms.hpp"

#include <algorithm>

namespace storage::sqlite {
namespace {
constexpr std::size_t rows_per_change = 500;

std::vector<RowId> some_of(const std::vector<RowId>& rows, std::size_t start)
{
    const auto end = std::min(rows.size(), start + rows_per_change);
    return {rows.begin() + static_cast<std::ptrdiff_t>(start),
            rows.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::size_t throw_away_some(MailTables& tables, const std::vector<RowId>& rows, WallTime now)
{
    Statement mark{tables.database(),
                   "UPDATE rows SET trashed_at = ?3"
                   " WHERE mail = ?1 AND number = ?2 AND state = 1 AND trashed_at = 0"};
    std::int64_t count = 0;
    for (const auto& row : rows)
        count += mark.run(row.mail.value(), row.number, stored_time(now));
    tables.count_held(-count);
    return static_cast<std::size_t>(count);
}

std::size_t fetch_back_some(MailTables& tables, const std::vector<RowId>& rows, const Reach& reach)
{
    Statement mark{tables.database(),
                   "UPDATE rows SET trashed_at = 0"
                   " WHERE mail = ?1 AND number = ?2 AND state = 1 AND trashed_at > 0"
                   " AND (?3 OR recipient IN (SELECT value FROM json_each(?4))"
                   " OR recipient_domain IN (SELECT value FROM json_each(?5))"
                   " OR sending_domain IN (SELECT value FROM json_each(?5)))"};
    const auto addresses = json_list(reach.addresses()), domains = json_list(reach.domains());
    std::int64_t count = 0;
    for (const auto& row : rows)
        count += mark.run(row.mail.value(), row.number, reach.is_everything(), addresses, domains);
    tables.count_held(count);
    return static_cast<std::size_t>(count);
}

std::vector<RowId> thrown_away(MailTables& tables, WallTime before)
{
    Statement rows{tables.database(),
                   "SELECT mail, number FROM rows WHERE trashed_at > 0 AND trashed_at < ?1"
                   " AND state = 1 LIMIT ?2"};
    std::vector<RowId> found;
    for (rows.start(stored_time(before), rows_per_change); rows.next();)
        found.push_back({mail::MailId{static_cast<std::uint64_t>(rows.integer(0))},
                         static_cast<std::uint32_t>(rows.integer(1))});
    return found;
}
}

awaitable<std::vector<Row>> MailDesk::rows(RowQuery query, Reach reach)
{
    return store_.list(std::move(query), std::move(reach));
}

awaitable<std::uint64_t> MailDesk::count_held(Reach reach)
{
    return store_.count_held(std::move(reach));
}

awaitable<std::vector<HistoryRow>> MailDesk::history(HistoryQuery query, Reach reach,
                                                     VerdictQuery verdicts)
{
    co_return co_await history_.search(std::move(query), std::move(reach), std::move(verdicts));
}

awaitable<HistoryPage> MailDesk::history_page(HistoryQuery query, Reach reach,
                                              VerdictQuery verdicts)
{
    co_return co_await history_.page(std::move(query), std::move(reach), std::move(verdicts));
}

awaitable<std::map<RowId, RowState>> MailDesk::states(std::vector<RowId> rows)
{
    co_return co_await store_.listings().run(
        [rows = std::move(rows)](MailReader& reader) { return reader.states(rows); });
}

awaitable<std::vector<std::string>> MailDesk::held_owners(std::string after, std::size_t limit)
{
    co_return co_await store_.listings().run([after = std::move(after), limit](MailReader& reader) {
        return reader.held_owners(after, limit);
    });
}

awaitable<std::size_t> MailDesk::throw_away(std::vector<RowId> rows, WallTime now)
{
    std::size_t count = 0;
    for (std::size_t start = 0; start < rows.size(); start += rows_per_change)
        count += co_await store_.writer().change(
            [some = some_of(rows, start), now](MailTables& tables) {
                return throw_away_some(tables, some, now);
            });
    co_return count;
}

awaitable<std::size_t> MailDesk::fetch_back(std::vector<RowId> rows, Reach reach)
{
    std::size_t count = 0;
    for (std::size_t start = 0; start < rows.size(); start += rows_per_change)
        count += co_await store_.writer().change(
            [some = some_of(rows, start), reach](MailTables& tables) {
                return fetch_back_some(tables, some, reach);
            });
    co_return count;
}

awaitable<std::size_t> MailDesk::sweep(WallTime before)
{
    std::size_t count = 0;
    for (std::size_t some = rows_per_change; some == rows_per_change;) {
        auto rows = co_await store_.writer().change(
            [before](MailTables& tables) { return thrown_away(tables, before); });
        some = rows.size();
        count += co_await store_.remove(std::move(rows));
    }
    co_return count;
}
}
