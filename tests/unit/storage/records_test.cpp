// SPDX-License-Identifier: Apache-2.0
#include "storage/records.hpp"
#include "storage/set_aside.hpp"

#include "tests/unit/storage/directory.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>

using storage::Records;

namespace {
std::map<std::int64_t, std::string> all_of(Records& records)
{
    std::map<std::int64_t, std::string> all;
    records.read([&](std::int64_t number, std::string_view record) { all[number] = record; });
    return all;
}
void put(Records& records, std::vector<Records::Change> changes) { records.write(changes); }
using All = std::map<std::int64_t, std::string>;
}

TEST_CASE("records are there after a restart, and those that were removed are not")
{
    Directory directory;
    const std::string octets{"a\0b\xFF", 4};
    {
        Records records{directory.path(), storage::DatabaseFile::fingerprints};
        put(records, {{1, "one"}, {-2, octets}, {3, "three"}});
        put(records, {{1, "new"}, {3, ""}, {4, ""}});
        CHECK(all_of(records) == All{{1, "new"}, {-2, octets}});
    }
    Records again{directory.path(), storage::DatabaseFile::fingerprints};
    CHECK(all_of(again) == All{{1, "new"}, {-2, octets}});
}

TEST_CASE("who reads beside the gateway sees what it wrote, and changes nothing")
{
    Directory directory;
    All seen;
    const auto take = [&](std::int64_t number, std::string_view record) { seen[number] = record; };
    Records::read_beside(directory.path(), storage::DatabaseFile::fingerprints, take);
    CHECK(std::filesystem::is_empty(directory.path()));
    Records records{directory.path(), storage::DatabaseFile::fingerprints};
    put(records, {{1, "one"}, {2, "two"}});
    Records::read_beside(directory.path(), storage::DatabaseFile::fingerprints, take);
    CHECK(seen == All{{1, "one"}, {2, "two"}});
    std::ofstream{directory.path() + "/alerts.db"} << std::string(20'000, 'x');
    CHECK_THROWS_AS(Records::read_beside(directory.path(), storage::DatabaseFile::alerts, take),
                    std::runtime_error);
    CHECK(storage::set_aside_in(directory.path()).empty());
}

TEST_CASE("a damaged file of records is set aside, and a new one begins")
{
    Directory directory;
    std::ofstream{directory.path() + "/fingerprints.db"} << std::string(20'000, 'x');
    {
        Records records{directory.path(), storage::DatabaseFile::fingerprints};
        CHECK(all_of(records).empty());
        put(records, {{1, "one"}});
    }
    CHECK(storage::set_aside_in(directory.path()).size() == 1);
    Records again{directory.path(), storage::DatabaseFile::fingerprints};
    CHECK(all_of(again).size() == 1);
}

TEST_CASE("many records are written and read")
{
    Directory directory;
    Records records{directory.path(), storage::DatabaseFile::fingerprints};
    std::vector<Records::Change> changes;
    for (std::int64_t i = 0; i < 20'000; ++i)
        changes.push_back({i, std::string(200, 'r')});
    records.write(changes);
    for (auto& change : changes)
        change.record.clear();
    changes.resize(19'990);
    records.write(changes);
    CHECK(all_of(records).size() == 10);
}

TEST_CASE("one record is found by its number, and old numbers go")
{
    Directory directory;
    Records records{directory.path(), storage::DatabaseFile::fingerprints};
    put(records, {{1, "one"}, {2, "two"}, {3, "three"}});
    CHECK(records.find(2) == "two");
    CHECK_FALSE(records.find(4));
    records.drop_below(3);
    CHECK_FALSE(records.find(2));
    CHECK(records.find(3) == "three");
}
