// SPDX-License-Identifier: Apache-2.0
#include "filters/list_hygiene.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace filters;

namespace {
struct Site {
    Rosters rosters;
    ListFacts facts;
    Site()
    {
        facts.is_own = [](const std::string& key) { return key.ends_with("@our.example"); };
        facts.is_missing = [](const std::string& key) { return key == "gone@our.example"; };
    }
    void list(const std::string& name, std::set<std::string> members)
    {
        rosters.lists[name] = {.file = "aliases", .members = std::move(members)};
    }
    /// "LIST MEMBER WHAT", with '?' where it is inferred.
    std::vector<std::string> found() const
    {
        std::vector<std::string> told;
        for (const auto& one : careless_lists(rosters, facts))
            told.push_back(one.list + " " + one.member + " " + std::string{one.what}
                           + (one.is_inferred ? "?" : ""));
        return told;
    }
};
using Told = std::vector<std::string>;
DeadAddress dead(const std::string& address, const std::string& sender)
{
    DeadAddress one;
    one.address = address;
    one.sender = sender;
    one.refusals = 3;
    return one;
}
}

TEST_CASE("careless lists: members that the directory has no more")
{
    Site site;
    site.rosters.lists["a@our.example"]
        = {.file = "directory staff", .members = {"ann@our.example"}, .gone = {"uid=x,dc=y"}};
    REQUIRE(site.found() == Told{"a@our.example uid=x,dc=y missing"});
    CHECK(careless_lists(site.rosters, site.facts).front().source == "directory staff");
}

TEST_CASE("careless lists: what several rosters say of a list is added up")
{
    Rosters one, other;
    one.lists["a@our.example"] = {.file = "aliases", .members = {"ann@our.example"}};
    other.lists["a@our.example"]
        = {.file = "directory staff", .members = {"bob@our.example"}, .gone = {"uid=x,dc=y"}};
    other.problems.emplace_back("directory staff", "odd");
    one.merge(other);
    const auto& list = one.lists.at("a@our.example");
    CHECK(list.file == "aliases");
    CHECK(list.members.size() == 2);
    CHECK(list.gone.size() == 1);
    CHECK(one.problems.size() == 1);
}

TEST_CASE("careless lists: members that are outside, dead, missing or reached twice")
{
    Site site;
    site.list("a@our.example", {"ann@our.example", "gone@our.example", "x@far.example"});
    site.list("b@our.example", {"x@far.example"});
    site.facts.dead = {dead("x@far.example", "a@our.example")};
    CHECK(site.found()
          == Told{"a@our.example gone@our.example missing", "a@our.example x@far.example dead",
                  "a@our.example x@far.example outside", "a@our.example x@far.example repeated",
                  "b@our.example x@far.example dead", "b@our.example x@far.example outside",
                  "b@our.example x@far.example repeated"});
}

TEST_CASE("careless lists: lists that lead in a circle, but not a mailbox that keeps a copy")
{
    Site site;
    site.list("a@our.example", {"b@our.example"});
    site.list("b@our.example", {"c@our.example", "ann@our.example"});
    site.list("c@our.example", {"a@our.example"});
    site.list("ann@our.example", {"ann@our.example"});
    site.list("d@our.example", {"ann@our.example"});
    CHECK(site.found()
          == Told{"a@our.example  circle", "b@our.example  circle", "c@our.example  circle"});
}

TEST_CASE("careless lists: without files it is inferred from mail, and marked so")
{
    Site site;
    site.facts.forwards = {{.from = "a@our.example", .to = "x@far.example", .mails = 3, .spam = 1},
                           {.from = "b@our.example", .to = "x@far.example", .mails = 1}};
    site.facts.dead
        = {dead("x@far.example", "a@our.example"), dead("y@far.example", "c@our.example")};
    CHECK(site.found()
          == Told{"a@our.example x@far.example dead?", "a@our.example x@far.example outside?",
                  "a@our.example x@far.example repeated?", "b@our.example x@far.example dead?",
                  "b@our.example x@far.example outside?", "b@our.example x@far.example repeated?",
                  "c@our.example y@far.example dead?"});
    site.list("a@our.example", {"x@far.example"});
    const auto told = site.found();
    CHECK(std::ranges::count(told, "a@our.example x@far.example outside") == 1);
    CHECK(std::ranges::count(told, "a@our.example x@far.example outside?") == 0);
}

TEST_CASE("careless lists: unused ones, once they were watched for so long, and no needed names")
{
    constexpr std::chrono::days day{1};
    Site site;
    site.list("old@our.example", {"ann@our.example"});
    site.rosters.unused_after = 180 * day;
    const std::chrono::sys_seconds begun{std::chrono::seconds{1'790'000'000}};
    site.facts.uses = {{.list = "busy@our.example", .since = begun, .last = begun + 100 * day},
                       {.list = "gone@our.example", .since = begun},
                       {.list = "old@our.example", .since = begun},
                       {.list = "postmaster@our.example", .since = begun}};
    site.facts.now = begun + 179 * day;
    CHECK(site.found().empty());
    site.facts.now = begun + 180 * day;
    CHECK(site.found() == Told{"gone@our.example  unused?", "old@our.example  unused"});
    CHECK(careless_lists(site.rosters, site.facts).front().why
          == "no mail to it or from it passed here since 2026-09-21");
    site.rosters.unused_after = {};
    CHECK(site.found().empty());
}

TEST_CASE("careless lists: notices to moderators that go on and on are told, until they are old")
{
    constexpr std::chrono::days day{1};
    Site site;
    const std::chrono::sys_seconds begun{std::chrono::seconds{1'790'000'000}};
    ListUse use{.list = "staff@our.example", .since = begun, .last = begun};
    use.waits_since = begun;
    use.noticed = begun + 2 * day;
    use.waiting = 7;
    use.notices = 3;
    const auto told = [&](std::chrono::sys_seconds now) {
        site.facts.uses = {use};
        site.facts.now = now;
        return site.found();
    };
    CHECK(told(begun + day).empty());
    CHECK(told(begun + 2 * day) == Told{"staff@our.example  unanswered?"});
    CHECK(careless_lists(site.rosters, site.facts).front().why
          == "7 wait for its moderators since 2026-09-21: 3 notices passed here, and no answer");
    CHECK(told(begun + 32 * day).empty());
    use.notices = 1;
    CHECK(told(begun + 2 * day).empty());
    use.notices = 3;
    use.waiting = 0;
    CHECK(told(begun + 2 * day).empty());
}

TEST_CASE("careless lists: a chain of 100,000 aliases takes no recursion")
{
    Site site;
    for (int i = 0; i < 100'000; ++i)
        site.list("n" + std::to_string(i) + "@our.example",
                  {"n" + std::to_string(i + 1) + "@our.example"});
    CHECK(site.found().empty());
}
