// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/auth/sealer.hpp"
#include "tests/unit/filters/layers/resolved_world.hpp"

using namespace filters;
using namespace filters::test;

namespace {
const std::string text = "From: ann@example.org\r\nTo: list@a.example\r\n\r\nText\r\n";
}

TEST_CASE("arc: a chain is a fact, and a trusted sealer one more")
{
    tests::Sealer sealer{{"list.a.example"}};
    const auto sealed = sealer.seal(text, "list.a.example");
    for (const auto& [settings, wanted] :
         {std::pair{"", Names{"arc.pass"}},
          std::pair{"trusted_sealers: [a.example]", Names{"arc.pass", "arc.trusted"}},
          std::pair{"trusted_sealers: [b.example]", Names{"arc.pass"}}}) {
        ResolvedWorld world{"arc", settings};
        world.zone.add("sel._domainkey.list.a.example", net::RecordType::txt, sealer.key.record());
        world.receives(sealed);
        const auto found = world.message();
        CHECK(names(found) == wanted);
        CHECK(found.back().detail == "list.a.example");
        CHECK(found.front().evidence == "arc=pass (i=1) header.d=list.a.example");
        CHECK(all_declared(found, "arc"));
        // Two authors: nobody can say whose DMARC passed.
        world.receives("From: eve@example.net\r\n" + sealed);
        CHECK_FALSE(has(world.message(), "arc.trusted"));
        world.mail.client.is_inside = true;
        CHECK(world.message().empty());
    }
}

TEST_CASE("arc: none, broken and unknown are three things")
{
    tests::Sealer sealer{{"a.example"}};
    ResolvedWorld world{"arc", "trusted_sealers: [a.example]"};
    world.receives(text);
    CHECK(names(world.message()) == Names{"arc.none"});
    world.receives("ARC-Seal: i=1\r\n" + text);
    const auto failed = world.message();
    CHECK(names(failed) == Names{"arc.fail"});
    CHECK(all_declared(failed, "arc"));
    world.receives(sealer.seal(text, "a.example"));
    world.zone.behave("sel._domainkey.a.example", support::Behaviour::servfail);
    const auto unknown = world.message();
    CHECK(names(unknown) == Names{"arc.temperror"});
    CHECK(all_declared(unknown, "arc"));
}

TEST_CASE("arc: what is no domain is no sealer")
{
    const ResolvedWorld world{"arc", "trusted_sealers: [\"a b\"]"};
    CHECK(world.said().find("is no domain") != std::string::npos);
}
