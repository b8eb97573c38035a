// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace storage::sqlite {
/// What SQLite answered, sorted by what it means for a store.
class Error : public std::runtime_error {
public:
    Error(int code, int system_error, const std::string& what);
    /// No room on the disk or in the quota: the transaction is lost, the database is well.
    bool is_full() const;
    /// This statement alone is at fault, such as a broken constraint.
    bool is_harmless() const;
    /// The disk or the file is at fault: the store must stop (promise §2.5).
    bool is_damage() const;
    /// The file does not hold what a database holds.
    bool is_corruption() const;
    /// The disk did not read it: it may be whole, and may be readable the next time.
    bool is_read_fault() const;
    int code() const { return code_; }

private:
    int code_;
    int system_error_;
};

/// One connection, for one thread at a time.
class Database {
public:
    enum class Mode { write, read };
    enum class Sync { full, normal };
    struct Options {
        std::string path;
        Mode mode = Mode::read;
        Sync sync = Sync::full;
        const char* vfs = nullptr;
        int cache_kib = 2048;
        bool is_damaged = false; ///< read what there is, even of a file that is cut short
    };
    /// WAL, page_size 16384, mmap_size 0, checkpoints only by `checkpoint` (promise §2.3).
    explicit Database(const Options& options);

    /// Runs fixed text of one or more statements without results.
    void run(std::string_view script);
    /// Pages in the WAL after the last commit.
    int wal_pages() const { return wal_pages_; }
    /// Moves the WAL's pages into the database; with `truncate` until nothing is left in it.
    void checkpoint(bool truncate = false);
    /// Closing leaves the files as they are: after a fault nothing is to be moved.
    void abandon();
    std::int64_t changes() const;
    std::int64_t last_row() const;
    sqlite3* handle() const { return handle_.get(); }
    [[noreturn]] void fail(int code) const;

private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    void configure(const Options& options);
    void configure_writing(const Options& options);
    static int committed(void* self, sqlite3*, const char*, int pages);
    std::unique_ptr<sqlite3, Close> handle_;
    int wal_pages_ = 0;
};

/// Bytes to bind or read as a BLOB.
struct Blob {
    std::string_view bytes;
};

/// One prepared statement. Values are bound, never pasted (security.md). What was bound must live
/// until the next `reset` or `start`.
class Statement {
public:
    Statement(Database& database, std::string_view sql);

    /// Binds ?1, ?2, … and makes the statement ready for `next`.
    template <class... Values> Statement& start(const Values&... values)
    {
        reset();
        int index = 0;
        (bind(++index, values), ...);
        return *this;
    }
    /// `start` and one step, for statements without results; returns the rows changed.
    template <class... Values> std::int64_t run(const Values&... values)
    {
        start(values...);
        return finish();
    }
    /// Steps once; true with a row.
    bool next();
    void reset();

    /// Binds the first columns of another statement's row as ?1, ?2, …, as they are, and runs;
    /// returns the rows changed.
    std::int64_t copy(const Statement& row, int columns);

    std::int64_t integer(int column) const;
    double real(int column) const;
    /// Valid until the next step.
    std::string_view text(int column) const;
    std::string_view blob(int column) const;
    bool is_null(int column) const;

    void bind(int index, std::int64_t value);
    void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, int value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, unsigned value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, bool value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, double value);
    void bind(int index, std::string_view value);
    void bind(int index, const std::string& value) { bind(index, std::string_view{value}); }
    void bind(int index, const char* value) { bind(index, std::string_view{value}); }
    void bind(int index, Blob value);
    void bind(int index, std::nullptr_t);
    template <class T> void bind(int index, const std::optional<T>& value)
    {
        value ? bind(index, *value) : bind(index, nullptr);
    }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const;
    };
    std::int64_t finish();
    void check(int code) const;
    Database& database_;
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// BEGIN IMMEDIATE until `commit`; rolled back when it ends otherwise.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& database_;
    bool is_open_ = true;
};

/// One unchanging view of the database over several reading statements.
class View {
public:
    explicit View(Database& database);
    ~View();
    View(const View&) = delete;
    View& operator=(const View&) = delete;

private:
    Database& database_;
};
}
