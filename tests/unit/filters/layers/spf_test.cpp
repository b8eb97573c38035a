// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/layers/resolved_world.hpp"

using namespace filters;
using namespace filters::test;
using net::RecordType;

namespace {
struct SpfWorld : ResolvedWorld {
    SpfWorld() : ResolvedWorld{"spf"}
    {
        zone.add("a.example", RecordType::txt, "v=spf1 ip4:192.0.2.0/24 -all")
            .add("soft.example", RecordType::txt, "v=spf1 ~all")
            .add("neutral.example", RecordType::txt, "v=spf1 ?all")
            .add("wrong.example", RecordType::txt, "v=spf1 foo")
            .add("mx.a.example", RecordType::txt, "v=spf1 a")
            .add("mx.a.example", RecordType::a, "192.0.2.1")
            .behave("dead.example", support::Behaviour::servfail);
    }
    mail::Finding from(std::string_view sender)
    {
        mail.sender = sender.empty() ? mail::ReversePath{} : mailbox(sender);
        auto findings = waited_for(layer->inspect_sender(mail));
        CHECK(all_declared(findings, "spf"));
        return findings.empty() ? mail::Finding{} : findings.front();
    }
};
}

TEST_CASE("spf: each result is a fact with the domain")
{
    SpfWorld world;
    struct Row {
        const char *sender, *fact, *detail;
    };
    for (const auto& [sender, fact, detail] : {
             Row{"ann@a.example", "spf.pass", "a.example"},
             Row{"ann@soft.example", "spf.softfail", "soft.example"},
             Row{"ann@neutral.example", "spf.neutral", "neutral.example"},
             Row{"ann@wrong.example", "spf.permerror", "wrong.example"},
             Row{"ann@none.example", "spf.none", "none.example"},
             Row{"ann@dead.example", "spf.temperror", "dead.example"},
             Row{"", "spf.pass", "mx.a.example"},
         }) {
        INFO(sender);
        const auto found = world.from(sender);
        CHECK(found.name == fact);
        CHECK(found.detail == detail);
    }
    CHECK(world.from("ann@a.example").evidence == "192.0.2.1, ip4:192.0.2.0/24");
    world.mail.client.ip = ip("203.0.113.1");
    CHECK(world.from("ann@a.example").name == "spf.fail");
}

TEST_CASE("spf: clients from inside are not asked about")
{
    SpfWorld world;
    world.mail.client.is_inside = true;
    CHECK(world.from("ann@a.example").name.empty());
    CHECK(world.zone.asked().empty());
}

TEST_CASE("spf: a HELO that is no name has no record and is shown without harm")
{
    SpfWorld world;
    world.mail.client.helo = "a\x1b[31m\xff";
    const auto found = world.from("");
    CHECK(found.name == "spf.none");
    CHECK(found.detail == "a?[31m?");
}

TEST_CASE("spf: behind a listed forwarder the host that handed it the mail is judged")
{
    SpfWorld world;
    world.mail.client.is_trusted_forwarder = true;
    world.mail.client.ip = ip("198.51.100.9");
    world.mail.sender = mailbox("ann@a.example");
    const auto after_the_dot = [&](std::string_view header) {
        world.receives(std::string{header} + "\r\nbody\r\n");
        const auto found = waited_for(world.layer->inspect_message(world.mail));
        return found.empty() ? std::string_view{} : found.front().name;
    };
    CHECK(world.from("ann@a.example").name.empty());
    CHECK(after_the_dot("Received: from mx.a.example (x [192.0.2.1]) by f\r\n") == "spf.pass");
    CHECK(after_the_dot("Received: from mx.a.example (x [203.0.113.1]) by f\r\n") == "spf.fail");
    CHECK(after_the_dot("Received: by f\r\n").empty());
    world.mail.client.is_trusted_forwarder = false;
    CHECK(after_the_dot("Received: from mx.a.example (x [192.0.2.1]) by f\r\n").empty());
}
