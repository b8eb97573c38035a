// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/auth/signer.hpp"
#include "tests/unit/filters/layers/resolved_world.hpp"

using namespace filters;
using namespace filters::test;

namespace {
const std::string text = "From: ann@example.org\r\n\r\nText\r\n";
const std::string key_name = "sel._domainkey.example.org";

struct Signed : ResolvedWorld {
    tests::Signer signer{auth::KeyType::ed25519};
    explicit Signed(std::string_view settings = {}) : ResolvedWorld{"dkim", settings}
    {
        mail.received_at = signer.now;
    }
};
}

TEST_CASE("dkim: who signs is a fact with the domain as its detail")
{
    Signed world;
    world.zone.add(key_name, net::RecordType::txt, world.signer.key.record());
    const auto field = world.signer.sign(text, "h=From");
    world.receives(field + text);
    const auto found = world.message();
    REQUIRE(names(found) == Names{"dkim.pass"});
    CHECK(found[0].detail == "example.org");
    CHECK(found[0].evidence.starts_with("dkim=pass header.d=example.org header.s=sel "
                                        "header.a=ed25519-sha256 header.b="));
    CHECK(all_declared(found, "dkim"));

    world.receives(field + "From: ann@example.org\r\n\r\nOther\r\n");
    CHECK(names(world.message()) == Names{"dkim.fail"});
    world.receives(text);
    CHECK(names(world.message()) == Names{"dkim.none"});
    world.receives("DKIM-Signature: x\r\n" + text);
    CHECK(names(world.message()) == Names{"dkim.permerror"});
    world.receives(world.signer.sign(text, "h=From; l=2") + text);
    CHECK(names(world.message()) == Names{"dkim.policy"});
    world.mail.client.is_inside = true;
    CHECK(world.message().empty());
}

TEST_CASE("dkim: a DNS that fails is a fact of its own")
{
    Signed world;
    world.zone.behave(key_name, support::Behaviour::servfail);
    world.receives(world.signer.sign(text, "h=From") + text);
    const auto found = world.message();
    CHECK(names(found) == Names{"dkim.temperror"});
    CHECK(all_declared(found, "dkim"));
}

TEST_CASE("dkim: what fails while its domain is testing is no failure")
{
    Signed world;
    world.zone.add(key_name, net::RecordType::txt, world.signer.key.record() + "; t=y");
    world.receives(world.signer.sign(text, "h=From") + "From: ann@example.org\r\n\r\nOther\r\n");
    const auto found = world.message();
    CHECK(names(found) == Names{"dkim.neutral"});
    CHECK(all_declared(found, "dkim"));
}

TEST_CASE("dkim: the settings say what counts")
{
    Signed world{"partial_body: accept"};
    world.zone.add(key_name, net::RecordType::txt, world.signer.key.record());
    world.receives(world.signer.sign(text, "h=From; l=2") + text);
    CHECK(names(world.message()) == Names{"dkim.pass"});
    CHECK(Signed{"smallest_rsa_key: 512"}.said().find("from 1024 to 4096") != std::string::npos);
}
