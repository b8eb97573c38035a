// SPDX-License-Identifier: Apache-2.0
#include "filters/dead_addresses.hpp"
#include "tests/unit/filters/folder.hpp"

#include <catch2/catch.hpp>

using filters::DeadAddresses;
using namespace std::chrono_literals;

namespace {
const DeadAddresses::Time monday{std::chrono::seconds{1'790'000'000}};
constexpr std::chrono::hours day{24};
bool all_of_them(const std::string&) { return true; }
void refuse(DeadAddresses& all, DeadAddresses::Time when,
            std::string_view address = "x@far.example")
{
    all.note_refusal(address, "list@b.example", "550 5.1.1 unknown", when);
}
}

TEST_CASE("dead addresses: three refusals over two days, and a month of silence")
{
    DeadAddresses all;
    for (int i = 0; i < 10; ++i)
        refuse(all, monday + i * 1h);
    CHECK_FALSE(all.find("x@far.example", monday + day));
    refuse(all, monday + 2 * day);
    const auto dead = all.find("x@far.example", monday + 3 * day);
    REQUIRE(dead);
    CHECK(dead->sender == "list@b.example");
    CHECK(dead->text == "550 5.1.1 unknown");
    CHECK_FALSE(all.find("y@far.example", monday + 3 * day));
    CHECK_FALSE(all.find("x@far.example", monday + 33 * day));
    refuse(all, monday + 33 * day);
    CHECK(all.find("x@far.example", monday + 34 * day));
}

TEST_CASE("dead addresses: what takes mail again lives")
{
    DeadAddresses all;
    for (int i = 0; i < 3; ++i)
        refuse(all, monday + i * day);
    REQUIRE(all.find("x@far.example", monday + 2 * day));
    CHECK(all.forget("x@far.example"));
    CHECK_FALSE(all.find("x@far.example", monday + 2 * day));
    CHECK_FALSE(all.forget("x@far.example"));
}

TEST_CASE("dead addresses: refusals that never sufficed do not add up over months")
{
    DeadAddresses all;
    refuse(all, monday);
    refuse(all, monday + 1h);
    refuse(all, monday + 60 * day);
    CHECK_FALSE(all.find("x@far.example", monday + 60 * day));
}

TEST_CASE("dead addresses: only a mailbox that does not exist is one")
{
    CHECK(filters::is_unknown_mailbox("5.1.1", ""));
    CHECK(filters::is_unknown_mailbox("", "550 User Unknown"));
    CHECK(filters::is_unknown_mailbox("5.0.0", "no such user here"));
    CHECK_FALSE(filters::is_unknown_mailbox("5.7.1", "user unknown to our policy"));
    CHECK_FALSE(filters::is_unknown_mailbox("5.2.2", "mailbox full"));
    CHECK_FALSE(filters::is_unknown_mailbox("", "blocked"));
}

TEST_CASE("dead addresses: what was saved is there after a restart, by whose list it is")
{
    const filters::test::Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::dead_addresses};
    {
        DeadAddresses all{&records};
        for (int i = 0; i < 3; ++i) {
            refuse(all, monday + i * day);
            refuse(all, monday + i * day, "gone@far.example");
        }
        all.save();
        all.forget("gone@far.example");
        all.save();
    }
    const DeadAddresses again{&records};
    const auto listed = again.list(all_of_them, "", 10, monday + 3 * day);
    REQUIRE(listed.size() == 1);
    CHECK(listed.front().refusals == 3);
    CHECK(again.list([](const std::string&) { return false; }, "", 10, monday + 3 * day).empty());
    CHECK(again.list(all_of_them, "x@far.example", 10, monday + 3 * day).empty());
}
