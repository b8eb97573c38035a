// SPDX-License-Identifier: Apache-2.0
#include "filters/forwarding_list.hpp"
#include "tests/unit/filters/folder.hpp"

#include <catch2/catch.hpp>

using filters::Forwarding;
using filters::ForwardingList;
using namespace std::chrono_literals;

namespace {
const std::chrono::sys_seconds monday{std::chrono::seconds{1'790'000'000}};
const std::pair<std::string, std::string> start;
bool all_of_them(const std::string&) { return true; }
}

TEST_CASE("forwarding: who sends on to whom is counted, and told in order")
{
    ForwardingList list;
    list.note("bob@b.example", "bob@far.example", false, monday);
    list.note("bob@b.example", "bob@far.example", true, monday + 24h);
    list.note("ann@c.example", "ann@far.example", false, monday);
    list.note("", "x@far.example", false, monday);
    CHECK(list.size() == 2);
    const auto all = list.list(all_of_them, start, 10);
    REQUIRE(all.size() == 2);
    CHECK(all[1]
          == Forwarding{.from = "bob@b.example",
                        .to = "bob@far.example",
                        .first = monday,
                        .last = monday + 24h,
                        .mails = 2,
                        .spam = 1});
    CHECK(list.list([](const std::string& from) { return from.ends_with("@c.example"); }, start, 10)
              .front()
              .from
          == "ann@c.example");
    CHECK(list.list(all_of_them, {"ann@c.example", "ann@far.example"}, 10).size() == 1);
    CHECK(list.list(all_of_them, start, 1).size() == 1);
}

TEST_CASE("forwarding: what was saved is there after a restart")
{
    const filters::test::Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::forwarding};
    {
        ForwardingList list{&records};
        list.note("bob@b.example", "bob@far.example", true, monday);
        list.save();
        list.note("late@b.example", "x@far.example", true, monday);
    }
    const ForwardingList again{&records};
    REQUIRE(again.size() == 1);
    CHECK(again.list(all_of_them, start, 10).front().spam == 1);
}

TEST_CASE("forwarding: what was seen longest ago makes room")
{
    ForwardingList list;
    for (std::size_t i = 0; i < ForwardingList::most; ++i)
        list.note("bob@b.example", std::to_string(i) + "@far.example", false,
                  monday + std::chrono::seconds{i});
    list.note("new@b.example", "x@far.example", false, monday + 100h);
    CHECK(list.size() == ForwardingList::most - ForwardingList::most / 8 + 1);
    const auto some = list.list(all_of_them, {"bob@b.example", "0@far.exampl"}, 1);
    CHECK(some.front().to != "0@far.example");
}
