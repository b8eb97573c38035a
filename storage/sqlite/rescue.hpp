// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"
#include "storage/sqlite/database.hpp"

#include <chrono>
#include <set>
#include <string>

namespace storage::sqlite {
/// What could be read of a damaged mail.db.
struct Rescued {
    std::size_t rows = 0, entries = 0; ///< waiting and held rows, entries of lists
    std::size_t lost = 0; ///< rows that are known to be there and cannot be read
    std::string some_lost; ///< ids of the first of them
    bool is_cut_short = false; ///< time was up
    std::set<std::string> bodies; ///< names of the body files that saved rows need
    /// One sentence.
    std::string to_string() const;
};

/// Copies waiting and held rows with their mails and bodies, and the lists, from a damaged database
/// into a new one of the newest format: each table forwards until it breaks, backwards until it
/// breaks, and by its indexes. Finished rows are nobody's any more and stay behind. The damaged
/// files are only read. It ends after `limit`. Throws only for faults of the new database.
Rescued rescue(const Database::Options& damaged, Database& fresh, std::chrono::seconds limit);

/// Puts a rescued database in the place of a damaged mail.db, which is kept under another name
/// together with the bodies that no saved row needs, and noted. `why` is what was wrong. Says
/// what happened, loudly; a crash on the way begins again, or ends the work, at the next start.
/// Throws when it cannot.
void replace_damaged(const std::string& directory, Files& files, std::chrono::seconds limit,
                     std::chrono::system_clock::time_point now, const std::string& why);

/// Ends a replacement that a crash interrupted. To be called before mail.db is made or opened.
void finish_replacement(const std::string& directory, Files& files);
}
