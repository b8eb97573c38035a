// SPDX-License-Identifier: Apache-2.0
#include "filters/list_uses.hpp"
#include "tests/unit/filters/folder.hpp"

#include <catch2/catch.hpp>

using filters::ListUse;
using filters::ListUses;

namespace {
const ListUses::Time monday{std::chrono::seconds{1'790'000'000}};
constexpr std::chrono::hours day{24};
const std::vector<std::string> staff{"staff@b.example"};
ListUse only(const ListUses& uses)
{
    const auto all = uses.all();
    REQUIRE(all.size() == 1);
    return all.front();
}
}

TEST_CASE("list uses: a list is watched from when it is known, and what else passes is not")
{
    ListUses uses;
    uses.note_mail("staff@b.example", monday);
    CHECK(uses.all().empty());
    uses.watch(staff, monday);
    uses.watch(staff, monday + day);
    CHECK(only(uses).since == monday);
    uses.note_mail("staff@b.example", monday + 2 * day);
    uses.note_mail("other@b.example", monday + 2 * day);
    CHECK(only(uses).last == monday + 2 * day);
}

TEST_CASE("list uses: notices count once, their number holds, and an answer begins anew")
{
    ListUses uses;
    uses.watch(staff, monday);
    uses.note_answer("staff@b.example", monday);
    for (int copy = 0; copy < 3; ++copy)
        uses.note_waiting("staff@b.example", {}, 1, monday);
    uses.note_waiting("staff@b.example", {}, 2, monday + day);
    CHECK(only(uses).waiting == 2);
    CHECK(only(uses).notices == 2);
    CHECK(only(uses).waits_since == monday);
    uses.note_waiting("staff@b.example", 7, 3, monday + 2 * day);
    CHECK(only(uses).waiting == 7);
    CHECK(only(uses).waits_since == monday);
    uses.note_answer("staff@b.example", monday + 3 * day);
    CHECK(only(uses).waiting == 6);
    CHECK(only(uses).notices == 0);
    CHECK(only(uses).waits_since == monday + 3 * day);
    uses.note_waiting("staff@b.example", 0, 4, monday + 4 * day);
    CHECK(only(uses).waiting == 0);
    CHECK(only(uses).notices == 0);
}

TEST_CASE("list uses: fewer that wait than before were answered")
{
    ListUses uses;
    uses.watch(staff, monday);
    uses.note_waiting("staff@b.example", 7, 1, monday);
    uses.note_waiting("staff@b.example", 7, 2, monday + day);
    uses.note_waiting("staff@b.example", 3, 3, monday + 2 * day);
    CHECK(only(uses).waiting == 3);
    CHECK(only(uses).waits_since == monday + 2 * day);
    CHECK(only(uses).notices == 1);
}

TEST_CASE("list uses: they outlive a restart, whenever the lists were named")
{
    const filters::test::Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::list_uses};
    ListUse before;
    {
        ListUses uses{&records};
        uses.watch(staff, monday);
        uses.note_mail("staff@b.example", monday + day);
        uses.note_waiting("staff@b.example", 2, 9, monday + day);
        uses.save();
        before = only(uses);
    }
    ListUses again;
    again.watch(staff, monday + 9 * day);
    again.keep_in(&records);
    CHECK(only(again) == before);
}
