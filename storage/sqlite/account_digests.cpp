// SPDX-License-Identifier: Apache-2.0
// Who reads digests, and what they were told.
#include "storage/sqlite/account_tables.hpp"
#include "storage/sqlite/mail_tables.hpp"

namespace storage::sqlite {
std::vector<DigestReader> AccountTables::digest_readers(const std::vector<std::string>& addresses)
{
    // Where several people share an address, one who chose a schedule speaks for it.
    Statement person{database_,
                     "SELECT c.language, p.digest_days, p.digest_hour FROM addresses a"
                     " JOIN accounts c ON c.number = a.account"
                     " LEFT JOIN preferences p ON p.account = a.account"
                     " WHERE a.address = ?1 AND NOT c.is_locked"
                     " ORDER BY p.digest_days IS NULL OR p.digest_days < 0, c.number LIMIT 1"};
    Statement told{database_, "SELECT told FROM digests WHERE address = ?1"};
    std::vector<DigestReader> readers;
    for (const auto& address : addresses) {
        DigestReader reader{.address = address};
        if (person.start(address).next()) {
            reader.has_account = true;
            reader.language = person.text(0);
            if (!person.is_null(1) && person.integer(1) >= 0) {
                reader.days = static_cast<unsigned>(person.integer(1));
                reader.hour = static_cast<unsigned>(person.integer(2));
            }
        }
        if (told.start(address).next())
            reader.told = time_from(told.integer(0));
        person.reset();
        told.reset();
        readers.push_back(std::move(reader));
    }
    return readers;
}

void AccountTables::note_digest(const std::string& address, WallTime told)
{
    Statement{database_, "INSERT OR REPLACE INTO digests VALUES(?1, ?2)"}.run(address,
                                                                              stored_time(told));
    end_change();
}
}
