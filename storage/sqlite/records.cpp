// SPDX-License-Identifier: Apache-2.0
#include "storage/records.hpp"

#include "storage/sqlite/formats.hpp"
#include "storage/sqlite/replaceable_database.hpp"

#include <array>
#include <filesystem>
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

void read_all(Database& database, const Records::Take& take)
{
    Statement all{database, "SELECT number, record FROM records"};
    for (all.start(); all.next();)
        take(all.integer(0), all.blob(1));
}
}

sqlite::Migrations sqlite::record_migrations() { return texts; }

struct Records::State {
    State(const std::string& directory, DatabaseFile file, Files& files)
        : database{directory, file, files}
    { }
    std::mutex mutex;
    sqlite::ReplaceableDatabase database;
};

Records::Records(const std::string& directory, DatabaseFile file, Files& files)
    : state_{std::make_unique<State>(directory, file, files)}
{ }

Records::~Records() = default;

void Records::read(const Take& take)
{
    const std::lock_guard lock{state_->mutex};
    state_->database.use([&](Database& database) { read_all(database, take); });
}

void Records::read_beside(const std::string& directory, DatabaseFile file, const Take& take)
{
    const auto path = path_in(directory, file);
    if (!std::filesystem::exists(path))
        return;
    Database database{{.path = path, .mode = Database::Mode::read}};
    read_all(database, take);
}

std::optional<std::string> Records::find(std::int64_t number)
{
    const std::lock_guard lock{state_->mutex};
    return state_->database.use([&](Database& database) -> std::optional<std::string> {
        Statement one{database, "SELECT record FROM records WHERE number = ?1"};
        if (!one.start(number).next())
            return {};
        return std::string{one.blob(0)};
    });
}

void Records::drop_below(std::int64_t number)
{
    const std::lock_guard lock{state_->mutex};
    state_->database.use([&](Database& database) {
        Statement{database, "DELETE FROM records WHERE number < ?1"}.run(number);
    });
}

void Records::write(std::span<const Change> changes)
{
    const std::lock_guard lock{state_->mutex};
    state_->database.use([&](Database& database) {
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

bool Records::take_loss()
{
    const std::lock_guard lock{state_->mutex};
    return state_->database.take_loss();
}
}
