// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/database.hpp"
#include "tests/unit/storage/directory.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

using storage::sqlite::Database;

namespace {
int cached_kib(const Database& database)
{
    int bytes = 0;
    int most = 0;
    sqlite3_db_status(database.handle(), SQLITE_DBSTATUS_CACHE_USED, &bytes, &most, 0);
    return bytes / 1024;
}
}

TEST_CASE("a connection keeps as many KiB of pages as it was told, whatever their size")
{
    const Directory directory;
    Database::Options options;
    options.path = directory.path() + "/pages.db";
    options.mode = Database::Mode::write;
    options.cache_kib = 512;
    Database writer{options};
    writer.run("CREATE TABLE bytes(data BLOB)");
    for (int i = 0; i < 400; ++i)
        writer.run("INSERT INTO bytes VALUES (randomblob(10000))");
    CHECK(cached_kib(writer) > 256);
    CHECK(cached_kib(writer) < 700);

    options.mode = Database::Mode::read;
    Database reader{options};
    reader.run("SELECT sum(length(data)) FROM bytes");
    CHECK(cached_kib(reader) > 256);
    CHECK(cached_kib(reader) < 700);
}
