// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/database.hpp"

#include <cerrno>
#include <mutex>
#include <sqlite3.h>

namespace storage::sqlite {
namespace {
/// Connections are never shared between threads, and nobody reads SQLite's memory counters, whose
/// one mutex every allocation of every thread would take.
void initialize()
{
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        sqlite3_initialize();
    });
}
}

Error::Error(int code, int system_error, const std::string& what)
    : std::runtime_error{what}, code_{code}, system_error_{system_error}
{ }

bool Error::is_full() const
{
    const int primary = code_ & 0xff;
    return primary == SQLITE_FULL
        || (primary == SQLITE_IOERR && (system_error_ == ENOSPC || system_error_ == EDQUOT));
}

bool Error::is_harmless() const
{
    switch (code_ & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
    case SQLITE_ERROR:
        return true;
    default:
        return false;
    }
}

bool Error::is_damage() const
{
    const int primary = code_ & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB
        || (primary == SQLITE_IOERR && !is_full());
}

bool Error::is_corruption() const
{
    const int primary = code_ & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB
        || code_ == SQLITE_IOERR_SHORT_READ;
}

bool Error::is_read_fault() const
{
    // The second is what SQLite makes of EIO.
    return code_ == SQLITE_IOERR_READ || code_ == SQLITE_IOERR_CORRUPTFS;
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Database::Database(const Options& options)
{
    initialize();
    sqlite3* handle = nullptr;
    const int access = options.mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                   : SQLITE_OPEN_READONLY;
    const int code
        = sqlite3_open_v2(options.path.c_str(), &handle,
                          access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, options.vfs);
    handle_.reset(handle);
    if (code != SQLITE_OK)
        fail(code);
    configure(options);
}

void Database::configure(const Options& options)
{
    sqlite3_busy_timeout(handle(), 5000);
    if (options.is_damaged)
        run("PRAGMA writable_schema = 1"); // otherwise SQLite compares the header with the size
    run("PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;");
    if (options.mode == Mode::read)
        run("PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA schema_version;");
    else
        configure_writing(options);
    // SQLite counts the cache in pages of the size it knows now: behind the first look at the file.
    Statement{*this, "PRAGMA cache_size = " + std::to_string(-options.cache_kib)}.run();
}

void Database::configure_writing(const Options& options)
{
    run("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
        "PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864;"
        "PRAGMA foreign_keys = 0;");
    Statement journal{*this, "PRAGMA journal_mode"};
    if (!journal.start().next() || journal.text(0) != "wal")
        throw Error{SQLITE_CANTOPEN, 0, "the file system allows no write-ahead log"};
    run(options.sync == Sync::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    sqlite3_wal_hook(handle(), &Database::committed, this);
}

int Database::committed(void* self, sqlite3*, const char*, int pages)
{
    static_cast<Database*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

void Database::run(std::string_view script)
{
    while (!script.empty()) {
        sqlite3_stmt* prepared = nullptr;
        const char* rest = nullptr;
        const int code = sqlite3_prepare_v2(handle(), script.data(),
                                            static_cast<int>(script.size()), &prepared, &rest);
        const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement{prepared,
                                                                              &sqlite3_finalize};
        if (code != SQLITE_OK)
            fail(code);
        script.remove_prefix(static_cast<std::size_t>(rest - script.data()));
        if (!prepared)
            continue;
        int step = SQLITE_ROW;
        while (step == SQLITE_ROW)
            step = sqlite3_step(prepared);
        if (step != SQLITE_DONE)
            fail(step);
    }
}

void Database::checkpoint(bool truncate)
{
    const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int left = 0;
    int done = 0;
    const int code = sqlite3_wal_checkpoint_v2(handle(), nullptr, mode, &left, &done);
    // Readers in the way are no fault: the next checkpoint goes further.
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        fail(code);
    wal_pages_ = left > done ? left - done : 0;
}

void Database::abandon()
{
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle()); }

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle()); }

void Database::fail(int code) const
{
    const int system_error = handle() ? sqlite3_system_errno(handle()) : 0;
    std::string what = handle() ? sqlite3_errmsg(handle()) : "out of memory";
    what += " (SQLite " + std::to_string(code) + ")";
    throw Error{code, system_error, what};
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

Statement::Statement(Database& database, std::string_view sql) : database_{database}
{
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    handle_.reset(prepared);
    check(code);
}

bool Statement::next()
{
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE) {
        // The text of the error must be read before the reset.
        try {
            database_.fail(code);
        } catch (...) {
            sqlite3_reset(handle_.get());
            throw;
        }
    }
    sqlite3_reset(handle_.get());
    return false;
}

void Statement::reset() { sqlite3_reset(handle_.get()); }

std::int64_t Statement::finish()
{
    while (next()) { }
    return database_.changes();
}

std::int64_t Statement::copy(const Statement& row, int columns)
{
    reset();
    for (int i = 0; i < columns; ++i)
        check(sqlite3_bind_value(handle_.get(), i + 1, sqlite3_column_value(row.handle_.get(), i)));
    return finish();
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(handle_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(handle_.get(), column); }

std::string_view Statement::text(int column) const
{
    const auto* start = sqlite3_column_text(handle_.get(), column);
    if (!start)
        return {};
    return {reinterpret_cast<const char*>(start),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::string_view Statement::blob(int column) const
{
    const auto* start = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
    if (!start)
        return {};
    return {start, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

bool Statement::is_null(int column) const
{
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

void Statement::bind(int index, std::int64_t value)
{
    check(sqlite3_bind_int64(handle_.get(), index, value));
}

void Statement::bind(int index, double value)
{
    check(sqlite3_bind_double(handle_.get(), index, value));
}

void Statement::bind(int index, std::string_view value)
{
    const char* start = value.data() ? value.data() : "";
    check(
        sqlite3_bind_text64(handle_.get(), index, start, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, Blob value)
{
    const char* start = value.bytes.data() ? value.bytes.data() : "";
    check(sqlite3_bind_blob64(handle_.get(), index, start, value.bytes.size(), SQLITE_STATIC));
}

void Statement::bind(int index, std::nullptr_t) { check(sqlite3_bind_null(handle_.get(), index)); }

void Statement::check(int code) const
{
    if (code != SQLITE_OK)
        database_.fail(code);
}

Transaction::Transaction(Database& database) : database_{database}
{
    database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    // After a failed COMMIT or a full disk SQLite may have rolled back already.
    if (is_open_ && sqlite3_get_autocommit(database_.handle()) == 0) {
        try {
            database_.run("ROLLBACK");
        } catch (const Error&) {
            // Nothing was promised; the next transaction meets the same fault and reports it.
        }
    }
}

void Transaction::commit()
{
    database_.run("COMMIT");
    is_open_ = false;
}

View::View(Database& database) : database_{database} { database_.run("BEGIN"); }

View::~View()
{
    try {
        database_.run("ROLLBACK");
    } catch (const Error&) {
        // A reading transaction has nothing to lose; what broke it was thrown already.
    }
}
}
