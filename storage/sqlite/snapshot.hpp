// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/sqlite/database.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <string>

namespace storage::sqlite {
/// Called between two steps of long work: may pause, and throw to end it.
using Between = std::function<void()>;

/// Copies a database as it is at one moment into the new file `target`, a MiB at a time, while
/// others read and write it. What is written meanwhile stays in the write-ahead log. The copy is
/// synced. Throws Error; a copy that was begun is then to be removed.
void copy_database(const std::string& source, const std::string& target, const char* vfs,
                   const Between& between);

/// A database that nobody else has open, without a log: whoever changes it syncs it afterwards, or
/// throws it away.
Database open_alone(const std::string& path);

/// While it lives, long statements of a database call `between` from time to time. What that throws
/// ends the statement with an Error, and `check` throws it on.
class Progress {
public:
    Progress(Database& database, const Between& between);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void check() const;

private:
    static int called(void* self);
    Database& database_;
    const Between& between_;
    std::exception_ptr fault_; ///< must not cross SQLite
};

/// What is wrong with the pages of a database that nobody has open; "" when nothing is.
std::string damage_of(const std::string& path, const Between& between = [] { });
/// The format of a database that may be in use: the number of migrations it has seen. 0: none yet,
/// also where who made it was killed over its first page (who opens it to write undoes that).
std::int64_t format_of(const std::string& path, const char* vfs);
}
