// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/layers/resolved_world.hpp"

using namespace filters;
using namespace filters::test;
using net::RecordType;

namespace {
struct DmarcWorld : ResolvedWorld {
    explicit DmarcWorld(std::string_view settings = {}) : ResolvedWorld{"dmarc", settings}
    {
        zone.add("_dmarc.a.example", RecordType::txt, "v=DMARC1; p=reject")
            .add("_dmarc.mild.example", RecordType::txt, "v=DMARC1; p=quarantine")
            .add("_dmarc.watch.example", RecordType::txt, "v=DMARC1; p=none")
            .add("_dmarc.wrong.example", RecordType::txt, "v=DMARC1; p=x")
            .behave("_dmarc.dead.example", support::Behaviour::servfail);
    }
    Findings with(std::string_view from, Findings known)
    {
        receives("From: " + std::string{from} + "\r\n\r\nx\r\n");
        mail.findings = std::move(known);
        auto findings = waited_for(layer->inspect_message(mail));
        CHECK(all_declared(findings, "dmarc"));
        return findings;
    }
};
const Findings neither{{.name = "spf.none"}, {.name = "dkim.none"}};
}

TEST_CASE("dmarc: what SPF and DKIM found is compared with the author")
{
    DmarcWorld world;
    const Findings spf{{.name = "spf.pass", .detail = "a.example"}, {.name = "dkim.none"}};
    const Findings dkim{{.name = "spf.fail"}, {.name = "dkim.pass", .detail = "news.a.example"}};
    const Findings unsure{{.name = "spf.fail"}, {.name = "dkim.temperror", .detail = "a.example"}};
    const Findings broken{{.name = "spf.error"}, {.name = "dkim.none"}};
    CHECK(names(world.with("ann@a.example", spf)) == Names{"dmarc.pass"});
    CHECK(names(world.with("ann@a.example", dkim)) == Names{"dmarc.pass"});
    CHECK(names(world.with("ann@mild.example", spf)) == Names{"dmarc.fail", "dmarc.quarantine"});
    CHECK(names(world.with("ann@a.example", neither)) == Names{"dmarc.fail", "dmarc.reject"});
    CHECK(names(world.with("ann@watch.example", neither)) == Names{"dmarc.fail"});
    CHECK(names(world.with("ann@none.example", neither)) == Names{"dmarc.none"});
    CHECK(names(world.with("ann@wrong.example", neither)) == Names{"dmarc.permerror"});
    CHECK(names(world.with("ann@dead.example", neither)) == Names{"dmarc.temperror"});
    CHECK(names(world.with("ann@a.example", unsure)) == Names{"dmarc.temperror"});
    CHECK(names(world.with("ann@a.example", broken)) == Names{"dmarc.temperror"});
    CHECK(world.with("ann@a.example", neither).front().evidence == "policy reject of a.example");
}

TEST_CASE("dmarc: where SPF or DKIM was not asked, a failure is not told")
{
    DmarcWorld world;
    CHECK(world.with("ann@a.example", {}).empty());
    CHECK(world.with("ann@a.example", {{.name = "spf.none"}}).empty());
}

TEST_CASE("dmarc: a From that names several or nobody is told, not judged")
{
    DmarcWorld world;
    CHECK(names(world.with("a@a.example, b@b.example", neither)) == Names{"dmarc.ambiguous"});
    CHECK(names(world.with("a@a.example\r\nFrom: b@b.example", neither))
          == Names{"dmarc.ambiguous"});
    CHECK(names(world.with("a, b@a.example", neither))
          == Names{"dmarc.fail", "dmarc.reject", "dmarc.ambiguous"});
    world.receives("Subject: x\r\n\r\nx\r\n");
    CHECK(names(waited_for(world.layer->inspect_message(world.mail))) == Names{"dmarc.none"});
}

TEST_CASE("dmarc: a trusted sealer saves what failed on the way")
{
    DmarcWorld world;
    auto known = neither;
    known.push_back({.name = "arc.trusted", .detail = "lists.example"});
    const auto found = world.with("ann@a.example", known);
    REQUIRE(names(found) == Names{"dmarc.rescued"});
    CHECK(found.front().detail == "lists.example");
    CHECK(found.front().evidence == "dmarc=fail (p=reject) header.from=a.example");
}

TEST_CASE("dmarc: the edition can be chosen, misspelt ones are refused")
{
    DmarcWorld world{"standard: rfc9989"};
    world.zone.add("_dmarc.example", RecordType::txt, "v=DMARC1; p=reject; psd=y");
    CHECK(names(world.with("ann@fresh.example", neither)) == Names{"dmarc.fail", "dmarc.reject"});
    CHECK(DmarcWorld{"standard: rfc1"}.said() != "");
}
