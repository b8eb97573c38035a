// SPDX-License-Identifier: Apache-2.0
#include "filters/list_uses.hpp"
#include "filters/loaded_tables.hpp"
#include "filters/roster_directory.hpp"
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/folder.hpp"

using namespace filters;
using namespace filters::test;

TEST_CASE("rosters: files are read, what a file includes too, and mail of a list is told of")
{
    const Folder folder;
    folder.write("aliases", "staff: ann, :include:" + folder.path + "/more\nhalf\n");
    folder.write("more", "dan@far.example\n");
    World world;
    world.make("rosters",
               "files:\n  - { path: " + folder.path
                   + "/aliases, domain: b.example }\n"
                     "  - { path: "
                   + folder.path + "/none, form: csv }\n");
    CHECK(world.said() == "");
    const auto rosters = Rosters::here();
    REQUIRE(rosters->lists.contains("staff@b.example"));
    CHECK(rosters->lists.find("staff@b.example")->second.members
          == std::set<std::string>{"ann@b.example", "dan@far.example"});
    CHECK(rosters->problems.size() == 2);
    world.mail.direction = mail::Direction::outbound;
    world.receives("x: y\r\n\r\n");
    CHECK(world.message().empty());
    world.mail.findings.push_back({.name = "forward.known", .detail = "staff@b.example"});
    REQUIRE(names(world.message()) == Names{"rosters.list"});
    CHECK(world.message().front().detail == "staff@b.example");
    world.mail.findings.clear();
    for (const auto* sender : {"staff@b.example", "staff-bounces+x=far.example@b.example",
                               "owner-staff@b.example", "staff-owner@b.example"}) {
        CAPTURE(sender);
        world.mail.sender = mailbox(sender);
        CHECK(names(world.message()) == Names{"rosters.list"});
    }
    world.mail.sender = mailbox("stafford@b.example");
    CHECK(world.message().empty());
}

namespace {
std::optional<ListUse> use_of(std::string_view list)
{
    for (const auto& one : ListUses::here().all())
        if (one.list == list)
            return one;
    return {};
}
}

TEST_CASE("rosters: mail to a list and from it is a use of it, and lists of no file are seen")
{
    const Folder folder;
    folder.write("aliases", "used: ann\n");
    World world;
    world.make("rosters", "files:\n  - { path: " + folder.path + "/aliases, domain: b.example }\n");
    const auto now = std::chrono::floor<std::chrono::seconds>(world.mail.received_at);
    world.receives("Subject: x\r\n\r\n");
    CHECK(world.message().empty());
    REQUIRE(use_of("used@b.example"));
    CHECK(use_of("used@b.example")->since == now);
    CHECK(use_of("used@b.example")->last == std::chrono::sys_seconds{});
    world.mail.recipients = {world.recipient("used@b.example")};
    CHECK(world.message().empty());
    CHECK(use_of("used@b.example")->last == now);
    world.mail.direction = mail::Direction::outbound;
    world.mail.recipients = {world.recipient("x@far.example")};
    world.mail.sender = mailbox("seen-bounces@b.example");
    CHECK(world.message().empty());
    CHECK(use_of("seen@b.example")->last == now);
    world.mail.sender = mailbox("others-bounces@far.example");
    CHECK(world.message().empty());
    CHECK_FALSE(use_of("others@far.example"));
}

TEST_CASE("rosters: notices to moderators are counted until somebody answers, and are no use")
{
    World world;
    world.make("rosters");
    world.mail.direction = mail::Direction::outbound;
    world.mail.sender = mailbox("notice-bounces@b.example");
    world.mail.recipients = {world.recipient("owner@far.example")};
    for (const auto* id : {"1", "2", "2"}) {
        world.receives("Message-ID: <" + std::string{id}
                       + "@b.example>\r\nSubject: 5 Notice moderator request(s) waiting\r\n\r\n");
        (void)world.message();
    }
    const auto asked = use_of("notice@b.example");
    REQUIRE(asked);
    CHECK(asked->waiting == 5);
    CHECK(asked->notices == 2);
    CHECK(asked->last == std::chrono::sys_seconds{});
    world.mail.direction = mail::Direction::inbound;
    world.mail.sender = mailbox("owner@far.example");
    world.mail.recipients = {world.recipient("notice-request@b.example")};
    world.receives("Subject: confirm 1a2b3c\r\n\r\n");
    (void)world.message();
    CHECK(use_of("notice@b.example")->waiting == 4);
    CHECK(use_of("notice@b.example")->notices == 0);
}

TEST_CASE("rosters: what is missing in the configuration is told at its place")
{
    World world;
    world.make("rosters", "files:\n  - { path: x }\n");
    CHECK(world.said().find("the domain of names without one") != std::string::npos);
    World members;
    members.make("rosters", "files:\n  - { path: x, form: members }\n");
    CHECK(members.said().find("the list's address") != std::string::npos);
}

TEST_CASE("rosters: a directory that is none, or cannot be asked like that, is told at its place")
{
    const auto [text, words] = GENERATE(table<std::string, std::string>({
        {"{ ldap: staff }", ""},
        {"{ ldap: stuff }", "the name of an entry of \"ldap\""},
        {"{ ldap: staff, filter: \"mail=*\" }", "is no LDAP filter"},
        {"{ ldap: bare }", "the name below which the groups are"},
        {"{ ldap: bare, base: \"dc=x\" }", ""},
    }));
    INFO(text);
    World world;
    set_directories(world.services, {{"staff", {.settings = {}, .base = "dc=test"}}, {"bare", {}}});
    world.make("rosters", "directories:\n  - " + text + "\n");
    if (words.empty())
        CHECK(world.said() == "");
    else
        CHECK_THAT(world.said(), Catch::Contains(words));
}

TEST_CASE("rosters: a configuration that is not published changes no list")
{
    const Folder folder;
    folder.write("aliases", "staff: ann\n");
    const auto before = Rosters::here();
    World world;
    TableCollection collection{world.services};
    world.make("rosters",
               "files:\n  - { path: " + folder.path + "/aliases, domain: other.example }\n");
    CHECK(Rosters::here() == before);
    collection.take().publish();
    CHECK(Rosters::here()->lists.contains("staff@other.example"));
}
