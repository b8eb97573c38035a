// SPDX-License-Identifier: Apache-2.0
#include "storage/records.hpp"

#include "gateway/net/env.hpp"
#include "storage/installation.hpp"
#include "storage/set_aside.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/schema.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <mutex>

namespace storage {
using sqlite::Database;
using sqlite::Statement;

namespace {
constexpr std::array<std::string_view, 1> texts{R"sql(
CREATE TABLE records(
    number INTEGER PRIMARY KEY,
    record BLOB NOT NULL
);
)sql"};
constexpr int checkpoint_pages = 1000;
}

struct Records::State {
    State(std::string file, Files& disk) : path{std::move(file)}, files{disk} { open(); }

    void open()
    {
        make_private_file(path);
        Database::Options options;
        options.path = path;
        options.mode = Database::Mode::write;
        options.sync = Database::Sync::normal;
        options.vfs = files.vfs();
        database = std::make_unique<Database>(options);
        sqlite::migrate(*database, texts);
    }
    /// What the file holds is no database any more: the next begins empty.
    void renew(const std::string& why)
    {
        if (database)
            database->abandon();
        database.reset();
        const auto aside = name_aside(path, net::Env::real().wall_now());
        const auto note
            = fmt::format("{} was damaged ({}) and begun anew; no mail is concerned", path, why);
        note_aside({aside, note});
        set_aside(path, aside);
        spdlog::error("{}; it is kept as {}", note, aside);
        open();
    }
    template <class Work> void guarded(const Work& work)
    {
        try {
            work();
        } catch (const sqlite::Error& error) {
            if (!error.is_corruption())
                throw;
            renew(error.what());
            work();
        }
    }

    std::string path;
    Files& files;
    std::mutex mutex;
    std::unique_ptr<Database> database;
};

Records::Records(const std::string& directory, std::string_view name, Files& files)
{
    const auto path = fmt::format("{}/{}.db", directory, name);
    try {
        state_ = std::make_unique<State>(path, files);
    } catch (const sqlite::Error& error) {
        if (!error.is_corruption())
            throw;
        const auto aside = name_aside(path, net::Env::real().wall_now());
        note_aside({aside,
                    fmt::format("{} was damaged ({}) and begun anew; no mail is concerned", path,
                                error.what())});
        set_aside(path, aside);
        spdlog::error("{} was damaged ({}) and begun anew; it is kept as {}", path, error.what(),
                      aside);
        state_ = std::make_unique<State>(path, files);
    }
}

Records::~Records() = default;

void Records::read(const Take& take)
{
    const std::lock_guard lock{state_->mutex};
    state_->guarded([&] {
        Statement all{*state_->database, "SELECT number, record FROM records"};
        for (all.start(); all.next();)
            take(all.integer(0), all.blob(1));
    });
}

std::optional<std::string> Records::find(std::int64_t number)
{
    const std::lock_guard lock{state_->mutex};
    std::optional<std::string> record;
    state_->guarded([&] {
        Statement one{*state_->database, "SELECT record FROM records WHERE number = ?1"};
        if (one.start(number).next())
            record = one.blob(0);
    });
    return record;
}

void Records::drop_below(std::int64_t number)
{
    const std::lock_guard lock{state_->mutex};
    state_->guarded(
        [&] { Statement{*state_->database, "DELETE FROM records WHERE number < ?1"}.run(number); });
}

void Records::write(std::span<const Change> changes)
{
    const std::lock_guard lock{state_->mutex};
    state_->guarded([&] {
        auto& database = *state_->database;
        Statement put{database, "INSERT OR REPLACE INTO records VALUES(?1, ?2)"};
        Statement drop{database, "DELETE FROM records WHERE number = ?1"};
        sqlite::Transaction transaction{database};
        for (const auto& change : changes) {
            if (change.record.empty())
                drop.run(change.number);
            else
                put.run(change.number, sqlite::Blob{change.record});
        }
        transaction.commit();
        if (database.wal_pages() > checkpoint_pages)
            database.checkpoint();
    });
}
}
