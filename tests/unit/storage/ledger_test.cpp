// SPDX-License-Identifier: Apache-2.0
#include "storage/ledger.hpp"

#include "tests/unit/storage/directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace std::chrono_literals;
using storage::Ledger;

namespace {
const std::chrono::sys_seconds start{1'800'000'000s};

void put(Ledger& ledger, const std::string& key, double good, std::chrono::seconds later = 0s)
{
    ledger.update(key, start + later, [good](storage::LedgerEntry& entry) { entry.good = good; });
}
}

TEST_CASE("what was remembered is there after a restart")
{
    Directory directory;
    {
        Ledger ledger{directory.path(), "ledger", {}};
        put(ledger, "one key with spaces", 1.5);
        put(ledger, "two", 2, 10s);
    }
    const Ledger again{directory.path(), "ledger", {}};
    CHECK(again.size() == 2);
    const auto entry = again.find("one key with spaces", start);
    REQUIRE(entry);
    CHECK(entry->good == 1.5);
    CHECK(entry->first == start);
    CHECK(again.find("two", start)->last == start + 10s);
}

TEST_CASE("a full table forgets what was used longest ago, also over a restart")
{
    Directory directory;
    const Ledger::Limits limits{.entries = 1600};
    {
        Ledger ledger{directory.path(), "ledger", limits};
        for (int i = 0; i < 20'000; ++i) {
            put(ledger, "key" + std::to_string(i), 1);
            ledger.find("key0", start);
        }
        CHECK(ledger.size() <= 1600);
        CHECK(ledger.find("key0", start));
        CHECK_FALSE(ledger.find("key1", start));
        CHECK(ledger.find("key19999", start));
    }
    Ledger again{directory.path(), "ledger", limits};
    put(again, "more", 1);
    CHECK(again.find("key19999", start));
}

TEST_CASE("what is too old is as good as absent")
{
    Directory directory;
    Ledger ledger{directory.path(), "ledger", {.age = 1h}};
    put(ledger, "old", 5);
    CHECK(ledger.find("old", start + 1h));
    CHECK_FALSE(ledger.find("old", start + 1h + 1s));
    const auto fresh = ledger.update("old", start + 2h, [](auto&) { });
    CHECK(fresh.good == 0);
    CHECK(fresh.first == start + 2h);
}

TEST_CASE("damaged lines are left out, a file that is none begins anew")
{
    const auto [text, size] = GENERATE(table<std::string, std::size_t>({
        {"mailweir ledger 1\n1 2 3 4 a\n1 2 x 4 b\n1 2 3 4\n1 2 -3 4 c\n1 2 nan 4 d\n1 2 3 4 e\n",
         2},
        {"mailweir ledger 1\n1 2 3 4 a\n1 2 3 4 cut off", 1},
        {"mailweir ledger 1\n1 9223372036854775807 3 4 a\n-9223372036854775808 2 3 4 b\n", 0},
        {"something else\n", 0},
        {"", 0},
    }));
    Directory directory;
    std::ofstream{directory.path() + "/ledger"} << text;
    const Ledger ledger{directory.path(), "ledger", {}};
    CHECK(ledger.size() == size);
}

TEST_CASE("a key that no line can hold is not kept")
{
    Directory directory;
    Ledger ledger{directory.path(), "ledger", {}};
    put(ledger, "a\nb", 1);
    put(ledger, "", 1);
    put(ledger, std::string(601, 'x'), 1);
    CHECK(ledger.size() == 0);
    CHECK_FALSE(ledger.remove("a\nb"));
}

TEST_CASE("what was removed stays away")
{
    Directory directory;
    {
        Ledger ledger{directory.path(), "ledger", {}};
        put(ledger, "key", 1);
        ledger.write(start);
        CHECK(ledger.remove("key"));
        CHECK_FALSE(ledger.remove("key"));
    }
    CHECK(Ledger{directory.path(), "ledger", {}}.size() == 0);
}
