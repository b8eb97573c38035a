// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/fixture.hpp"

#include <fmt/chrono.h>

using namespace filters;
using namespace filters::test;

namespace {
/// A header that nothing can be said against, at the world's present.
std::string clean(const World& world, std::string_view from = "Ann <ann@a.example>")
{
    const auto now = std::chrono::system_clock::to_time_t(world.mail.received_at);
    return fmt::format("From: {}\r\nTo: bob@b.example\r\nDate: {:%a, %d %b %Y %H:%M:%S} +0000\r\n"
                       "Subject: hello\r\nMessage-ID: <1@a.example>\r\n",
                       from, fmt::gmtime(now));
}
Names found(World& world, const std::string& header)
{
    world.receives(header + "\r\nbody\r\n");
    const auto findings = world.message();
    CHECK(all_declared(findings, "headers"));
    return names(findings);
}
}

TEST_CASE("headers: a clean header is clean")
{
    World world{"headers"};
    CHECK(found(world, clean(world)).empty());
}

TEST_CASE("headers: what is missing, doubled or broken is a fact")
{
    World world{"headers"};
    const auto good = clean(world);
    struct Row {
        std::string header;
        Names facts;
    };
    const auto without = [&](std::string_view field) {
        auto header = good;
        const auto at = header.find(field);
        return header.erase(at, header.find("\r\n", at) + 2 - at);
    };
    const std::vector<Row> rows{
        {without("From:"), {"headers.no_from"}},
        {without("Date:"), {"headers.no_date"}},
        {without("Subject:"), {"headers.no_subject"}},
        {without("Message-ID:"), {"headers.no_message_id"}},
        {good + "From: eve@c.example\r\n", {"headers.multiple_from"}},
        {good + "Subject: again\r\n", {"headers.duplicate"}},
        {good + "Message-id: <2@a.example>\r\nDATE: now\r\n",
         {"headers.duplicate", "headers.duplicate"}},
        {good + "no field at all\r\n", {"headers.malformed_lines"}},
        {good + "X-A: caf\xc3\xa9\r\n", {"headers.raw_8bit"}},
        {good + "X-A: a\x01z\r\n", {"headers.control_characters"}},
        {good + "X-A: a\x7fz\r\n", {"headers.control_characters"}},
    };
    for (const auto& [header, facts] : rows) {
        INFO(header);
        CHECK(found(world, header) == facts);
    }
}

TEST_CASE("headers: the ways to hide who wrote it (composition kills)")
{
    World world{"headers"};
    struct Row {
        std::string from;
        Names facts;
    };
    const std::vector<Row> rows{
        {"ann@a.example, tom@a.example", {"headers.many_authors"}},
        {"ann@a.example, eve@c.example", {"headers.many_authors", "headers.from_domains"}},
        {"\"ceo@b.example\" <eve@c.example>", {"headers.name_is_address"}},
        {"=?utf-8?B?Y2VvQGIuZXhhbXBsZQ==?= <eve@c.example>", {"headers.name_is_address"}},
        {"\"ann@a.example\" <ann@a.example>", {}},
    };
    for (const auto& [from, facts] : rows) {
        INFO(from);
        CHECK(found(world, clean(world, from)) == facts);
    }
    for (const auto* from :
         {"Ann <=?utf-8?Q?ann=40a.example?=>", "=?utf-8?Q?ann?=@a.example",
          "ann@=?utf-8?Q?a?=.example", "<ann@a.example> <=?utf-8?Q?eve?=@c.example>"}) {
        INFO(from);
        const auto facts = found(world, clean(world, from));
        CHECK(std::count(facts.begin(), facts.end(), "headers.encoded_address") == 1);
    }
    const auto endless = found(world, clean(world, std::string(9000, 'a')));
    CHECK(std::count(endless.begin(), endless.end(), "headers.malformed_from") == 1);
}

TEST_CASE("headers: control characters in the From are told from those elsewhere")
{
    World world{"headers"};
    const auto detail = [&](const std::string& header) {
        world.receives(header + "\r\n");
        const auto facts = world.message();
        const auto found
            = std::ranges::find(facts, "headers.control_characters", &mail::Finding::name);
        return found == facts.end() ? std::string{"none"} : found->detail;
    };
    CHECK(detail(clean(world, "Ann\x01 <ann@a.example>")) == "From");
    CHECK(detail(clean(world, "Ann\r\n <ann@a.example>")) == "none");
    CHECK(detail(clean(world) + "X-A: a\x01z\r\n").empty());
}

TEST_CASE("headers: a name with a comma and no quotes is a mistake of honest programs")
{
    World world{"headers"};
    for (const auto* from :
         {"Doe, Jane <jane@a.example>", "van der O'Hara, J. P. (Site) <j@a.example>",
          "山田, 太郎 <taro@a.example>"}) {
        INFO(from);
        const auto facts = found(world, clean(world, from));
        CHECK(facts.at(0) == "headers.unquoted_comma");
    }
    for (const auto* from :
         {"Doe, <jane@a.example>", "Doe,Jane<jane@a.example>",
          "jane@b.example, Jane <jane@a.example>", "Doe, Jane <>", "Doe, Jane <jane@a.example> x",
          "Doe, Jane, Sales <jane@a.example>", "Doe, Jane <jane@a.example> <eve@c.example>"}) {
        INFO(from);
        const auto facts = found(world, clean(world, from));
        CHECK(std::count(facts.begin(), facts.end(), "headers.unquoted_comma") == 0);
        CHECK(facts != Names{});
    }
}

TEST_CASE("headers: a date far from the present is a fact")
{
    World world{"headers", "date_tolerance: 2 days"};
    const auto at = [&](std::chrono::hours off) {
        const auto time = std::chrono::system_clock::to_time_t(world.mail.received_at + off);
        auto header = clean(world);
        const auto from = header.find("Date:");
        header.replace(from, header.find("\r\n", from) - from,
                       fmt::format("Date: {:%d %b %Y %H:%M:%S} +0000", fmt::gmtime(time)));
        return header;
    };
    CHECK(found(world, at(std::chrono::hours{-47})).empty());
    CHECK(found(world, at(std::chrono::hours{-50})) == Names{"headers.date_off"});
    CHECK(found(world, at(std::chrono::hours{50})) == Names{"headers.date_off"});
}

TEST_CASE("headers: too many hops are a loop, and a loop is overriding")
{
    World world{"headers"};
    auto header = clean(world);
    for (int i = 0; i < 49; ++i)
        header = "Received: from a by b; Thu, 1 Jan 1970 00:00:00 +0000\r\n" + header;
    CHECK(found(world, header).empty());
    CHECK(found(world, "Received: x\r\n" + header) == Names{"headers.loop"});
    for (const auto& type : type_named("headers").findings)
        CHECK(type.is_overriding == (type.name == "headers.loop"));
}

TEST_CASE("headers: a limit that would refuse honest mail is complained of")
{
    World world{"headers", "most_received: 2"};
    CHECK(
        world.said().starts_with("m.yaml:1:16: error: \"most_received\" must be from 10 to 1000"));
}
