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

TEST_CASE("careless lists: a chain of 100,000 aliases takes no recursion")
{
    Site site;
    for (int i = 0; i < 100'000; ++i)
        site.list("n" + std::to_string(i) + "@our.example",
                  {"n" + std::to_string(i + 1) + "@our.example"});
    CHECK(site.found().empty());
}
