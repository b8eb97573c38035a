// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/schema.hpp"
#include "tests/unit/storage/directory.hpp"

#include <catch2/catch.hpp>

using namespace storage::sqlite;

namespace {
Database open(const Directory& directory)
{
    Database::Options options;
    options.path = directory.path() + "/test.db";
    options.mode = Database::Mode::write;
    return Database{options};
}

std::int64_t number(Database& database, std::string_view sql)
{
    Statement statement{database, sql};
    statement.start().next();
    return statement.integer(0);
}
}

TEST_CASE("each migration runs once, in order, and its number is kept")
{
    const Directory directory;
    auto database = open(directory);
    const std::array<std::string_view, 3> texts{
        "CREATE TABLE a(x)", "INSERT INTO a VALUES(1); INSERT INTO a VALUES(2);",
        "UPDATE a SET x = x * 10"};
    migrate(database, Migrations{texts}.first(2));
    CHECK(number(database, "PRAGMA user_version") == 2);
    migrate(database, texts);
    migrate(database, texts);
    CHECK(number(database, "SELECT sum(x) FROM a") == 30);
    CHECK(number(database, "PRAGMA user_version") == 3);
}

TEST_CASE("a migration that fails leaves the version before it")
{
    const Directory directory;
    auto database = open(directory);
    const std::array<std::string_view, 2> texts{
        "CREATE TABLE a(x)", "INSERT INTO a VALUES(1); INSERT INTO nowhere VALUES(2);"};
    CHECK_THROWS_AS(migrate(database, texts), Error);
    CHECK(number(database, "PRAGMA user_version") == 1);
    CHECK(number(database, "SELECT count(*) FROM a") == 0);
}

TEST_CASE("a mail.db of the first format is carried over")
{
    const Directory directory;
    auto database = open(directory);
    migrate(database, mail_migrations().first(1));
    database.run("INSERT INTO rows VALUES(1, 1, 0, 5, 0, 5, 'a@b.example', 'a@b.example',"
                 " 'b.example', '', '', '', '', 0, '', x'')");
    migrate(database, mail_migrations());
    CHECK(number(database, "SELECT count(*) FROM rows WHERE unreachable_since = 0") == 1);
}

TEST_CASE("an upgrade gives outgoing mail to the domain of whoever sent it, and leaves the rest")
{
    const Directory directory;
    auto database = open(directory);
    SECTION("what is queued or held")
    {
        migrate(database, mail_migrations().first(5));
        for (const auto* mail : {"1, 1, 'in', 0", "2, 1, 'out', 1"})
            database.run(std::string{"INSERT INTO mails VALUES("} + mail
                         + ", '192.0.2.7', 'x@y.test', 0, 0, 0, '', '', '', '', '', 2, 2, 0, 0, 1,"
                           " 0, 1, NULL)");
        for (const auto* id : {"1", "2"})
            database.run(std::string{"INSERT INTO rows VALUES("} + id
                         + ", 1, 1, 5, 0, 5, 'z@far.test', '\"a@b\"@our.example', 'far.test', '',"
                           " '', '', '', 0, '', x'', 0, 0)");
        migrate(database, mail_migrations());
        CHECK(number(database, "SELECT sum(mail) FROM rows WHERE sending_domain = 'our.example'")
              == 2);
        CHECK(number(database, "SELECT sum(mail) FROM rows WHERE sending_domain = ''") == 1);
    }
    SECTION("the history")
    {
        migrate(database, history_migrations().first(2));
        const auto add = [&](int row, int direction, const std::string& owner) {
            database.run("INSERT INTO history VALUES(" + std::to_string(row) + ", 1, 1, 1, 1, "
                         + std::to_string(direction)
                         + ", 1, 0, 's@x.test', 'z@far.test', '', '', '', '', '', '', '', '', '',"
                           " '', '', '', '', '"
                         + owner + "')");
        };
        add(1, 0, "ann@our.example");
        add(2, 1, "ann@our.example");
        add(3, 1, "");
        migrate(database, history_migrations());
        CHECK(number(database, "SELECT sum(row) FROM history WHERE sending_domain = 'our.example'")
              == 2);
        CHECK(number(database, "SELECT count(*) FROM history WHERE sending_domain = ''") == 2);
    }
}

TEST_CASE("a database of a newer program is refused with a sentence")
{
    const Directory directory;
    auto database = open(directory);
    database.run("PRAGMA user_version = 99");
    CHECK_THROWS_WITH(migrate(database, mail_migrations()), Catch::Contains("newer mailweir"));
}

TEST_CASE("the store's own databases keep what the promise needs")
{
    const Directory directory;
    auto database = open(directory);
    migrate(database, mail_migrations());
    CHECK(number(database, "PRAGMA page_size") == 16384);
    CHECK(number(database, "PRAGMA synchronous") == 2);
    CHECK(number(database, "PRAGMA mmap_size") == 0);
    CHECK(number(database, "PRAGMA wal_autocheckpoint") == 0);
}

TEST_CASE("an error says whether the disk is full, the statement wrong or the database damaged")
{
    const auto [code, system_error, is_full, is_harmless, is_damage]
        = GENERATE(table<int, int, bool, bool, bool>({
            {13, 0, true, false, false},              // SQLITE_FULL
            {10 | (3 << 8), 28, true, false, false},  // SQLITE_IOERR_WRITE, ENOSPC
            {10 | (3 << 8), 122, true, false, false}, // SQLITE_IOERR_WRITE, EDQUOT
            {10 | (4 << 8), 5, false, false, true},   // SQLITE_IOERR_FSYNC, EIO
            {11, 0, false, false, true},              // SQLITE_CORRUPT
            {26, 0, false, false, true},              // SQLITE_NOTADB
            {19 | (8 << 8), 0, false, true, false},   // SQLITE_CONSTRAINT_UNIQUE
            {5, 0, false, false, false},              // SQLITE_BUSY
        }));
    const Error error{code, system_error, "text"};
    CHECK(error.is_full() == is_full);
    CHECK(error.is_harmless() == is_harmless);
    CHECK(error.is_damage() == is_damage);
}
