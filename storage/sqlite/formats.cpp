// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/formats.hpp"

#include <array>

namespace storage::sqlite {
std::span<const KnownDatabase> known_databases()
{
    static const std::array all{KnownDatabase{"mail.db", mail_migrations()},
                                KnownDatabase{"history.db", history_migrations()},
                                KnownDatabase{"lessons.db", lesson_migrations()},
                                KnownDatabase{"accounts.db", account_migrations()},
                                KnownDatabase{"fingerprints.db", record_migrations()},
                                KnownDatabase{"fingerprints-mail.db", record_migrations()},
                                KnownDatabase{"forwarding.db", record_migrations()},
                                KnownDatabase{"habits.db", record_migrations()}};
    return all;
}
}
