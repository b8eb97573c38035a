// SPDX-License-Identifier: Apache-2.0
// What only the desk asks.
#include "storage/sqlite/mail_reader.hpp"
#include "storage/sqlite/mail_tables.hpp"

namespace storage::sqlite {
std::map<RowId, RowState> MailReader::states(const std::vector<RowId>& rows)
{
    Statement state{database_,
                    "SELECT CASE WHEN state = 1 AND trashed_at > 0 THEN 4 ELSE state END FROM rows"
                    " WHERE mail = ?1 AND number = ?2"};
    std::map<RowId, RowState> states;
    for (const auto& row : rows) {
        if (state.start(row.mail.value(), row.number).next())
            states.emplace(row, static_cast<RowState>(state.integer(0)));
        state.reset();
    }
    return states;
}

std::vector<std::string> MailReader::held_owners(const std::string& after, std::size_t limit)
{
    // One step of the index an owner, however much each has.
    Statement next{database_,
                   "SELECT recipient FROM rows WHERE state = 1 AND trashed_at = 0"
                   " AND recipient > ?1 ORDER BY recipient LIMIT 1"};
    std::vector<std::string> owners;
    std::string last = after;
    while (owners.size() < limit && next.start(last).next()) {
        last = next.text(0);
        owners.push_back(last);
        next.reset();
    }
    return owners;
}
}
