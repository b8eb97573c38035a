// SPDX-License-Identifier: Apache-2.0
#include "filters/sender_pairs.hpp"
#include "tests/unit/filters/folder.hpp"

#include <catch2/catch.hpp>

using filters::SenderPairs;

namespace {
const std::chrono::sys_seconds now{std::chrono::seconds{1'790'000'000}};
bool all(const std::string&) { return true; }
}

TEST_CASE("sender pairs: what is seen is listed until it is approved, whatever the account's case")
{
    SenderPairs pairs;
    pairs.note("Ann", "office@our.example", now);
    pairs.note("ann", "office@our.example", now + std::chrono::hours{1});
    CHECK_FALSE(pairs.is_approved("ann", "office@our.example"));
    const auto seen = pairs.list(false, all, {}, 10);
    REQUIRE(seen.size() == 1);
    CHECK(seen.front().account == "ann");
    CHECK(seen.front().mails == 2);
    CHECK(pairs.approve("ANN", "office@our.example", now));
    CHECK(pairs.is_approved("aNN", "office@our.example"));
    CHECK_FALSE(pairs.is_approved("bob", "office@our.example"));
    CHECK(pairs.list(false, all, {}, 10).empty());
    CHECK(pairs.list(true, all, {}, 10).size() == 1);
    CHECK(pairs.forget("ann", "office@our.example"));
    CHECK_FALSE(pairs.forget("ann", "office@our.example"));
    CHECK_FALSE(pairs.is_approved("ann", "office@our.example"));
}

TEST_CASE("sender pairs: odd names are not kept, and what is approved makes no room")
{
    SenderPairs pairs;
    pairs.note("a\tb", "office@our.example", now);
    pairs.note("", "office@our.example", now);
    CHECK_FALSE(pairs.approve(std::string(400, 'a'), "office@our.example", now));
    CHECK(pairs.list(false, all, {}, 10).empty());
    CHECK(pairs.approve("first", "office@our.example", now));
    for (std::size_t i = 0; i < SenderPairs::most; ++i)
        pairs.note("u" + std::to_string(i), "x@our.example", now + std::chrono::seconds{i + 1});
    CHECK(pairs.is_approved("first", "office@our.example"));
    const auto left = pairs.list(false, all, {}, SenderPairs::most);
    CHECK(left.size() < SenderPairs::most);
    CHECK(left.size() > SenderPairs::most * 3 / 4);
    CHECK(pairs.list(false, [](const std::string&) { return false; }, {}, 10).empty());
}

TEST_CASE("sender pairs: a restart forgets nothing")
{
    const filters::test::Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::sender_pairs};
    {
        SenderPairs pairs{&records};
        pairs.note("ann", "office@our.example", now);
        pairs.approve("bob", "info@our.example", now);
        pairs.note("eve", "gone@our.example", now);
        pairs.save();
        pairs.forget("eve", "gone@our.example");
        pairs.save();
    }
    const SenderPairs again{&records};
    CHECK(again.is_approved("bob", "info@our.example"));
    CHECK(again.list(false, all, {}, 10).size() == 1);
}
