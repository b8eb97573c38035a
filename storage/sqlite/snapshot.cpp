// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/snapshot.hpp"

#include "storage/files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sqlite3.h>
#include <system_error>
#include <unistd.h>

namespace storage::sqlite {
namespace {
constexpr int pages_a_step = 64;

struct Finish {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

Database open_to_read(const std::string& path, const char* vfs)
{
    Database::Options options;
    options.path = path;
    options.vfs = vfs;
    return Database{options};
}

void sync_file(const std::string& path)
{
    const auto file = FileHandle::open(path, O_RDONLY);
    if (::fsync(file.number()) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot sync " + path};
}
}

Database open_alone(const std::string& path)
{
    Database::Options options;
    options.path = path;
    options.mode = Database::Mode::write;
    Database database{options};
    database.run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF;"
                 "PRAGMA synchronous = OFF;");
    return database;
}

void copy_database(const std::string& source, const std::string& target, const char* vfs,
                   const Between& between)
{
    auto from = open_to_read(source, vfs);
    {
        auto to = open_alone(target);
        // A read transaction of our own: without it every commit of the writer starts the copy
        // anew.
        const View view{from};
        Statement{from, "SELECT count(*) FROM sqlite_schema"}.start().next();
        const std::unique_ptr<sqlite3_backup, Finish> backup{
            sqlite3_backup_init(to.handle(), "main", from.handle(), "main")};
        if (!backup)
            to.fail(sqlite3_errcode(to.handle()));
        int code = SQLITE_OK;
        while (code == SQLITE_OK) {
            code = sqlite3_backup_step(backup.get(), pages_a_step);
            if (code == SQLITE_OK)
                between();
        }
        if (code != SQLITE_DONE)
            to.fail(code);
    }
    sync_file(target);
}

Progress::Progress(Database& database, const Between& between)
    : database_{database}, between_{between}
{
    constexpr int instructions = 200'000; // some milliseconds
    sqlite3_progress_handler(database_.handle(), instructions, called, this);
}

Progress::~Progress() { sqlite3_progress_handler(database_.handle(), 0, nullptr, nullptr); }

int Progress::called(void* self)
{
    auto& progress = *static_cast<Progress*>(self);
    try {
        progress.between_();
        return 0;
    } catch (...) {
        progress.fault_ = std::current_exception();
        return 1;
    }
}

void Progress::check() const
{
    if (fault_)
        std::rethrow_exception(fault_);
}

namespace {
std::string quick_check(Database& database)
{
    try {
        Statement check{database, "PRAGMA quick_check(1)"};
        check.start();
        const bool has_answer = check.next();
        const std::string answer{has_answer ? check.text(0) : "no answer"};
        return answer == "ok" ? std::string{} : answer;
    } catch (const Error& error) {
        return error.what();
    }
}
}

std::string damage_of(const std::string& path, const Between& between)
{
    std::optional<Database> database;
    try {
        database.emplace(open_to_read(path, nullptr));
    } catch (const Error& error) {
        return error.what();
    }
    const Progress progress{*database, between};
    auto damage = quick_check(*database);
    progress.check();
    return damage;
}

std::int64_t format_of(const std::string& path, const char* vfs)
{
    std::error_code missing;
    if (const auto size = std::filesystem::file_size(path, missing); missing || size == 0) {
        const auto log = std::filesystem::file_size(path + "-wal", missing);
        if (missing || log == 0)
            return 0;
    }
    try {
        auto database = open_to_read(path, vfs);
        Statement version{database, "PRAGMA user_version"};
        version.start().next();
        return version.integer(0);
    } catch (const Error& error) {
        // Ours have a journal only until they have a write-ahead log, before their first table.
        if (error.code() == SQLITE_READONLY_ROLLBACK)
            return 0;
        throw;
    }
}
}
