// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/arc.hpp"
#include "tests/unit/filters/auth/sealer.hpp"

#include <catch2/catch.hpp>

using namespace filters::auth;
using tests::Sealer;

namespace {
const std::string original = "From: Ann <ann@example.org>\r\nTo: list@a.example\r\n"
                             "Subject: hello\r\n\r\nText\r\n";

std::vector<mail::Domain> domains(std::initializer_list<std::string_view> names)
{
    std::vector<mail::Domain> found;
    for (const auto name : names)
        found.push_back(*mail::Domain::parse(name));
    return found;
}
const auto author = mail::Domain::parse("example.org").value();
}

TEST_CASE("a chain grows set by set and holds; its sealers stand newest first")
{
    Sealer sealer{{"a.example", "b.example", "c.example"}};
    const auto text
        = sealer.seal(sealer.seal(sealer.seal(original, "a.example"), "b.example"), "c.example");
    const auto result = sealer.validate(text);
    REQUIRE(result.outcome == ArcOutcome::pass);
    REQUIRE(result.sealers.size() == 3);
    CHECK(result.sealers.front().domain == "c.example");
    CHECK(result.sealers.back().domain == "a.example");
    CHECK(result.sealers.back().saw_dmarc_pass);
    CHECK(result.sealers.back().author == "example.org");
}

TEST_CASE("what was changed behind a seal breaks the chain")
{
    Sealer sealer{{"a.example", "b.example"}};
    const auto text = sealer.seal(sealer.seal(original, "a.example"), "b.example");
    for (const auto& [what, with] : {std::pair{"Text", "Next"}, std::pair{"ann@", "eve@"},
                                     std::pair{"dmarc=pass", "dmarc=fail"},
                                     std::pair{"cv=none", "cv=pass"}, std::pair{"i=1;", "i=3;"}}) {
        INFO(what);
        auto changed = text;
        changed.replace(changed.rfind(what), std::string_view{what}.size(), with);
        CHECK(sealer.validate(changed).outcome == ArcOutcome::fail);
    }
}

TEST_CASE("a broken chain is sealed once as failed, and never again")
{
    Sealer sealer{{"a.example"}};
    auto broken = sealer.seal(original, "a.example");
    broken.replace(broken.rfind("Text"), 4, "Next");
    const auto failed = sealer.seal(broken, "a.example");
    CHECK(failed.find("cv=fail") != failed.npos);
    CHECK(sealer.validate(failed).is_ended);
    CHECK(sealer.seal(failed, "a.example") == failed);
}

TEST_CASE("a chain of fifty sets is full")
{
    Sealer sealer{{"a.example"}};
    auto text = original;
    for (int i = 0; i < 50; ++i)
        text = sealer.seal(text, "a.example");
    const auto result = sealer.validate(text);
    CHECK(result.outcome == ArcOutcome::pass);
    CHECK(result.instances == 50);
    CHECK(sealer.seal(text, "a.example") == text);
    auto beyond = text;
    beyond.insert(0, "ARC-Seal: i=51; a=rsa-sha256; cv=pass; d=a.example; s=sel; b=AAAA\r\n");
    CHECK(sealer.validate(beyond).outcome == ArcOutcome::fail);
}

TEST_CASE("a DNS that does not answer says nothing about a chain, and nobody seals on it")
{
    Sealer sealer{{"a.example"}};
    const auto text = sealer.seal(original, "a.example");
    sealer.dns = {};
    sealer.dns.fail("sel._domainkey.a.example", "timed out");
    CHECK(sealer.validate(text).outcome == ArcOutcome::temperror);
    CHECK(sealer.seal(text, "b.example") == text);
}

TEST_CASE("a message without ARC has no chain, one with a stray field a broken one")
{
    Sealer sealer{{}};
    CHECK(sealer.validate(original).outcome == ArcOutcome::none);
    CHECK(sealer.validate("ARC-Authentication-Results: i=1; x; none\r\n" + original).outcome
          == ArcOutcome::fail);
    CHECK(sealer.validate("ARC-Seal: nonsense\r\n" + original).outcome == ArcOutcome::fail);
}

TEST_CASE("only sealers that are trusted all the way vouch for what they saw")
{
    Sealer sealer{{"a.example", "list.b.example"}};
    const auto seen = sealer.seal(original, "a.example");
    const auto text
        = sealer.seal(seen, "list.b.example", "arc=pass; dmarc=fail header.from=example.org");
    const auto result = sealer.validate(text);
    REQUIRE(result.outcome == ArcOutcome::pass);
    const auto* sealer_found = trusted_sealer(result, domains({"a.example", "b.example"}), author);
    REQUIRE(sealer_found);
    CHECK(sealer_found->domain == "a.example");
    CHECK_FALSE(trusted_sealer(result, domains({"a.example"}), author));
    CHECK_FALSE(trusted_sealer(result, domains({"b.example"}), author));
    CHECK_FALSE(trusted_sealer(result, domains({}), author));
    const auto other = mail::Domain::parse("example.net").value();
    CHECK_FALSE(trusted_sealer(result, domains({"a.example", "b.example"}), other));
    auto failed = result;
    failed.outcome = ArcOutcome::fail;
    CHECK_FALSE(trusted_sealer(failed, domains({"a.example", "b.example"}), author));
}
