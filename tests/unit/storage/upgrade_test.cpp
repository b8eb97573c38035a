// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/restore.hpp"
#include "storage/backup/shelf.hpp"
#include "storage/backup/swap.hpp"
#include "storage/sqlite/formats.hpp"
#include "storage/sqlite/snapshot.hpp"
#include "storage/upgrade.hpp"
#include "tests/unit/storage/gateway.hpp"
#include "tests/unit/storage/steps.hpp"

#include <sqlite3.h>

using namespace storage::sqlite;
using storage::Files;

namespace {
constexpr std::chrono::sys_seconds noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};

Database open_database(const std::string& path)
{
    Database::Options options;
    options.path = path;
    options.mode = Database::Mode::write;
    return Database{options};
}

/// What the first version left behind: a waiting row and some history.
void make_old(const std::string& data)
{
    std::filesystem::create_directories(data + "/bodies");
    auto mail = open_database(data + "/mail.db");
    migrate(mail, mail_migrations().first(1));
    mail.run("INSERT INTO mails VALUES(1, 1, 'mx', 0, '192.0.2.7', 'a@a.example', 0, 0, 0, '', '',"
             " '', 'Lunch', '', 2, 2, 0, 0, 1, 0, 1, NULL);"
             "INSERT INTO rows VALUES(1, 1, 0, 5, 0, 5, 'a@b.example', 'a@b.example',"
             " 'b.example', '', '', '', '', 0, '', x'')");
    auto history = open_database(data + "/history.db");
    migrate(history, history_migrations().first(1));
    history.run("INSERT INTO terms VALUES(1, 2, 3)");
}

std::int64_t count(const std::string& path, std::string_view table)
{
    auto database = open_database(path);
    Statement statement{database, "SELECT count(*) FROM " + std::string{table}};
    statement.start().next();
    return statement.integer(0);
}

std::pair<std::int64_t, std::int64_t> formats(const std::string& data)
{
    return {format_of(data + "/mail.db", nullptr), format_of(data + "/history.db", nullptr)};
}

const std::pair<std::int64_t, std::int64_t> old_formats{1, 1};
std::pair<std::int64_t, std::int64_t> new_formats()
{
    return {static_cast<std::int64_t>(mail_migrations().size()),
            static_cast<std::int64_t>(history_migrations().size())};
}
}

TEST_CASE(
    "an upgrade backs up, brings all databases to their newest format and keeps what is in them")
{
    const Directory directory;
    make_old(directory.path());
    CHECK(storage::upgrade(directory.path(), {"", "0.2", "mx"}, noon).empty());
    CHECK(formats(directory.path()) == new_formats());
    CHECK(count(directory.path() + "/mail.db", "rows WHERE unreachable_since = 0") == 1);
    CHECK(count(directory.path() + "/history.db", "terms") == 1);
    const auto kept = storage::backup::last_backup(directory.path() + "/backups", noon);
    REQUIRE(kept);
    CHECK(kept->is_before_upgrade);
    CHECK(storage::backup::about_of(kept->path).formats.at("mail.db") == 1);
    // Nothing is left to do, and no second backup is made.
    CHECK(storage::upgrade(directory.path(), {"", "0.2", "mx"}, noon + std::chrono::hours{1})
              .empty());
    CHECK(storage::backup::kept_in(directory.path() + "/backups").size() == 1);
}

TEST_CASE("every older format of every database is upgraded")
{
    for (const auto& known : known_databases())
        for (std::size_t format = 1; format < known.migrations.size(); ++format) {
            CAPTURE(known.name, format);
            const Directory directory;
            const auto path = directory.path() + "/" + std::string{known.name};
            if (known.name != "mail.db") {
                auto mail = open_database(directory.path() + "/mail.db");
                migrate(mail, mail_migrations());
            }
            {
                auto database = open_database(path);
                migrate(database, known.migrations.first(format));
            }
            CHECK(storage::upgrade(directory.path(), {"", "0.2", "mx"}, noon).empty());
            CHECK(format_of(path, nullptr) == static_cast<std::int64_t>(known.migrations.size()));
        }
}

TEST_CASE("a new or empty data directory is no upgrade")
{
    const Directory directory;
    CHECK(storage::upgrade(directory.path() + "/none", {}, noon).empty());
    CHECK(storage::upgrade(directory.path(), {}, noon).empty());
    CHECK_FALSE(std::filesystem::exists(directory.path() + "/backups"));
}

TEST_CASE("a kill at any step of an upgrade leaves all old formats or all new ones")
{
    bool was_old = false, was_new = false;
    for (int step = 0;; ++step) {
        const Directory directory;
        const auto& data = directory.path();
        make_old(data);
        const bool is_killed = killed_at(step, [&](Files& files) {
            if (!storage::upgrade(data, {"", "0.2", "mx"}, noon, files).empty())
                throw std::runtime_error{"failed"};
        });
        storage::backup::finish_exchange(data, Files::real());
        const auto found = formats(data);
        (found == old_formats ? was_old : was_new) = true;
        CHECK((found == old_formats || found == new_formats()));
        CHECK(count(data + "/mail.db", "rows") == 1);
        CHECK(count(data + "/history.db", "terms") == 1);
        CHECK(storage::upgrade(data, {"", "0.2", "mx"}, noon + std::chrono::hours{1}).empty());
        CHECK(formats(data) == new_formats());
        if (!is_killed)
            break;
        REQUIRE(step < 1000);
    }
    CHECK(was_old);
    CHECK(was_new);
}

TEST_CASE("a full disk at any step of an upgrade leaves the old store and says what to do")
{
    for (int step = 0;; ++step) {
        const Directory directory;
        const auto& data = directory.path();
        make_old(data);
        StepFiles files{StepFiles::End::full, step};
        const auto why = storage::upgrade(data, {"", "0.2", "mx"}, noon, files);
        const bool is_decided = std::filesystem::exists(data + "/restore.journal");
        // Behind the deciding step all may be new already; what failed is ended by the next start.
        if (!why.empty() && !is_decided && formats(data) != new_formats()) {
            CHECK(formats(data) == old_formats);
            CHECK_THAT(why, Catch::Contains("version before") || Catch::Contains("cannot write"));
        }
        CHECK(storage::upgrade(data, {"", "0.2", "mx"}, noon + std::chrono::hours{1}).empty());
        CHECK(formats(data) == new_formats());
        CHECK(count(data + "/mail.db", "rows") == 1);
        if (!files.was_reached())
            break;
        REQUIRE(step < 1000);
    }
}

TEST_CASE("a migration that fails leaves the old store")
{
    const Directory directory;
    make_old(directory.path());
    {
        auto history = open_database(directory.path() + "/history.db");
        history.run("CREATE TABLE counts(mine)"); // in the way of the second step
    }
    const auto why = storage::upgrade(directory.path(), {"", "0.2", "mx"}, noon);
    CHECK_THAT(why, Catch::Contains("The store is as it was"));
    CHECK(storage::backup::kept_in(directory.path() + "/backups").empty());
    CHECK(formats(directory.path()) == old_formats);
    CHECK_FALSE(std::filesystem::exists(directory.path() + "/restore.waiting"));
    // Started again and again, it copies nothing while nothing has changed.
    StepFiles files{StepFiles::End::full, 0};
    CHECK_THAT(storage::upgrade(directory.path(), {"", "0.2", "mx"}, noon, files),
               Catch::Contains("Nothing has changed since"));
    {
        auto history = open_database(directory.path() + "/history.db");
        history.run("DROP TABLE counts");
        history.checkpoint(true);
    }
    CHECK(storage::upgrade(directory.path(), {"", "0.2", "mx"}, noon).empty());
    CHECK_FALSE(std::filesystem::exists(directory.path() + "/upgrade.failed"));
}

TEST_CASE("a damaged history does not keep a new version from starting")
{
    const Directory directory;
    make_old(directory.path());
    std::filesystem::resize_file(directory.path() + "/history.db", 20'000);
    CHECK(storage::upgrade(directory.path(), {"", "0.2", "mx"}, noon).empty());
    CHECK(format_of(directory.path() + "/mail.db", nullptr) == new_formats().first);
}

TEST_CASE("a database whose maker was killed over its first page is none yet")
{
    const Directory directory;
    const auto made = directory.path() + "/made.db", killed = directory.path() + "/killed.db";
    sqlite3* maker = nullptr;
    REQUIRE(sqlite3_open(made.c_str(), &maker) == SQLITE_OK);
    REQUIRE(sqlite3_exec(maker,
                         "PRAGMA cache_size = 1; CREATE TABLE first(page); BEGIN; "
                         "INSERT INTO first VALUES (randomblob(100000))",
                         nullptr, nullptr, nullptr)
            == SQLITE_OK);
    std::filesystem::copy_file(made, killed);
    std::filesystem::copy_file(made + "-journal", killed + "-journal");
    sqlite3_close(maker);
    CHECK(format_of(killed, nullptr) == 0);
}

TEST_CASE("the copies of an upgrade that a crash interrupted are cleared away")
{
    const Directory directory;
    const auto left = directory.path() + "/before-upgrade-20260101T000000Z";
    std::filesystem::create_directories(left);
    CHECK(storage::upgrade(directory.path(), {"", "0.2", "mx"}, noon).empty());
    CHECK_FALSE(std::filesystem::exists(left));
}

TEST_CASE("an upgrade says that it works")
{
    const Directory directory;
    make_old(directory.path());
    int told = 0;
    CHECK(storage::upgrade(directory.path(), {"", "0.2", "mx", [&] { ++told; }}, noon).empty());
    CHECK(told > 4);
}

TEST_CASE("a downgrade is refused with the command that goes back")
{
    const Directory directory;
    const auto& data = directory.path();
    make_old(data);
    REQUIRE(storage::upgrade(data, {"", "0.2", "mx"}, noon).empty());
    {
        auto mail = open_database(data + "/mail.db");
        mail.run("PRAGMA user_version = 99");
    }
    const auto why = storage::upgrade(data, {"", "0.2", "mx"}, noon);
    CHECK_THAT(why,
               Catch::Contains("newer mailweir")
                   && Catch::Contains("mailweir backup restore " + data + "/backups/mailweir-"));
    storage::backup::RestoreOrder order{
        .archive = storage::backup::last_backup(data + "/backups", noon)->path,
        .data = data,
        .only = {}};
    order.now = noon;
    restore(order);
    CHECK(count(data + "/mail.db", "rows") == 1);
    CHECK(storage::upgrade(data, {"", "0.2", "mx"}, noon + std::chrono::hours{1}).empty());
}
