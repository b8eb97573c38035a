// SPDX-License-Identifier: Apache-2.0
#include "filters/unread_bounces.hpp"
#include "tests/unit/filters/folder.hpp"

#include <catch2/catch.hpp>

using filters::UnreadBounces;
using Sums = std::map<std::string, UnreadBounces::Sum>;
using namespace std::chrono_literals;

namespace {
const UnreadBounces::Time monday{std::chrono::seconds{1'790'000'000}};
constexpr std::chrono::hours day{24};
Sums sums(const UnreadBounces& all, UnreadBounces::Time now)
{
    return all.sums([](const std::string&) { return true; }, now);
}
}

TEST_CASE("unread bounces: who writes again to where mail came back from is counted, others not")
{
    UnreadBounces all;
    all.note_again("ann@b.example", "x@far.example", monday);
    CHECK(sums(all, monday).empty());
    all.note_bounce("ann", "ann@b.example", "x@far.example", monday);
    all.note_bounce("ann", "office@b.example", "y@far.example", monday);
    CHECK(all.came_back("ann@b.example", "x@far.example", monday + 29 * day));
    CHECK_FALSE(all.came_back("ann@b.example", "y@far.example", monday));
    CHECK_FALSE(all.came_back("ben@b.example", "x@far.example", monday));
    for (int i = 0; i < 3; ++i)
        all.note_again("ann@b.example", "x@far.example", monday + i * day);
    all.note_again("ben@b.example", "x@far.example", monday);
    CHECK(sums(all, monday + 3 * day) == Sums{{"ann", {.bounces = 2, .again = 3}}});
    CHECK(all.sums([](const std::string& one) { return one == "ben"; }, monday).empty());
}

TEST_CASE("unread bounces: after thirty days nothing of it counts")
{
    UnreadBounces all;
    all.note_bounce("ann", "ann@b.example", "x@far.example", monday);
    CHECK_FALSE(all.came_back("ann@b.example", "x@far.example", monday + 30 * day));
    all.note_again("ann@b.example", "x@far.example", monday + 30 * day);
    CHECK(sums(all, monday + 30 * day).empty());
    CHECK(sums(all, monday + 29 * day).size() == 1);
}

TEST_CASE("unread bounces: they outlive a restart, and the oldest make room")
{
    const filters::test::Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::unread_bounces};
    {
        UnreadBounces all{&records};
        all.note_bounce("ann", "ann@b.example", "x@far.example", monday);
        all.note_again("ann@b.example", "x@far.example", monday);
        all.save();
    }
    UnreadBounces again{&records};
    CHECK(sums(again, monday) == Sums{{"ann", {.bounces = 1, .again = 1}}});
    for (std::size_t i = 0; i < UnreadBounces::most; ++i)
        again.note_bounce("ben", "ben@b.example", std::to_string(i) + "@far.example", monday + day);
    CHECK_FALSE(again.came_back("ann@b.example", "x@far.example", monday + day));
    const auto left = sums(again, monday + day)["ben"].bounces;
    CHECK(left > UnreadBounces::most * 3 / 4);
    CHECK(left <= UnreadBounces::most);
}

TEST_CASE("unread bounces: what no record can hold is not kept")
{
    UnreadBounces all;
    all.note_bounce("ann", "ann\t@b.example", "x@far.example", monday);
    all.note_bounce("", "ann@b.example", "x@far.example", monday);
    CHECK(sums(all, monday).empty());
}
