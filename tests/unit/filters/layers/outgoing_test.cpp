// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
struct Leaving : World {
    explicit Leaving(std::string_view settings = {}) : World{"outgoing", settings}
    {
        mail.direction = mail::Direction::outbound;
    }
    Findings with(Findings findings)
    {
        mail.findings = std::move(findings);
        auto found = message();
        CHECK(all_declared(found, "outgoing"));
        return found;
    }
};
}

TEST_CASE("outgoing: bad and short links, once each, with where they lead")
{
    Leaving out;
    const auto found = out.with({{.name = "intent.short_link", .detail = "sho.example"},
                                 {.name = "intent.spam_link", .detail = "bad.example"},
                                 {.name = "intent.listed", .detail = "worse.example"}});
    REQUIRE(names(found) == Names{"outgoing.bad_link", "outgoing.short_link"});
    CHECK(found[0].detail == "bad.example");
    CHECK(found[1].detail == "sho.example");
    CHECK(out.with({{.name = "intent.other_site"}, {.name = "intent.code"}}).empty());
}

TEST_CASE("outgoing: known spam only where it is sure")
{
    Leaving out;
    CHECK(out.with({{.name = "fingerprint.exact", .weight = 0.4}}).empty());
    CHECK(out.with({{.name = "fingerprint.fuzzy", .weight = 1}}).empty());
    CHECK(names(out.with({{.name = "fingerprint.exact", .weight = 0.9}}))
          == Names{"outgoing.known_spam"});
}

TEST_CASE("outgoing: words and tests add up, what speaks for a mail counts too")
{
    Leaving out{"spam_words: 5"};
    const Findings bad{{.name = "rules.hit", .detail = "A", .weight = 3},
                       {.name = "classifier.spam", .weight = 2.5}};
    const auto found = out.with(bad);
    REQUIRE(names(found) == Names{"outgoing.spam_words"});
    CHECK(found.front().detail == "5.5");
    auto mixed = bad;
    mixed.push_back({.name = "rules.hit", .detail = "GOOD", .weight = -1});
    mixed.push_back({.name = "helo.unknown", .weight = 9});
    CHECK(out.with(mixed).empty());
    Leaving never{"spam_words: 0"};
    CHECK(never.with(bad).empty());
}

TEST_CASE("outgoing: kinds of excess count, not how often each was found")
{
    Leaving out{"excess: 2"};
    CHECK(out.with({{.name = "composition.symbols"}, {.name = "composition.symbols"}}).empty());
    const auto found
        = out.with({{.name = "composition.symbols"}, {.name = "composition.capitals"}});
    REQUIRE(names(found) == Names{"outgoing.excess"});
    CHECK(found.front().evidence == "capitals, symbols");
    Leaving never{"excess: 0"};
    CHECK(never.with({{.name = "composition.symbols"}, {.name = "composition.capitals"}}).empty());
}

TEST_CASE("outgoing: mail that comes in, and mail that came in, is judged elsewhere")
{
    Leaving out;
    const Findings bad{{.name = "intent.spam_link", .detail = "bad.example"}};
    CHECK_FALSE(out.with(bad).empty());
    auto forwarded = bad;
    forwarded.push_back({.name = "forward.known", .weight = 1});
    CHECK(out.with(forwarded).empty());
    out.mail.direction = mail::Direction::inbound;
    CHECK(out.with(bad).empty());
    World wrong;
    wrong.make("outgoing", "excess: -1\nspam_words: -2");
    CHECK(wrong.said().find("0: never") != std::string::npos);
}

TEST_CASE("outgoing: a forward with its text unchanged is free of all but what is known as bad")
{
    Leaving out{"excess: 1"};
    const Findings odd{{.name = "intent.odd_address", .detail = "odd.example"},
                       {.name = "intent.short_link", .detail = "sho.example"},
                       {.name = "rules.hit", .detail = "A", .weight = 30},
                       {.name = "composition.symbols"},
                       {.name = "forward.known", .weight = 0}};
    CHECK(out.with(odd).empty());
    auto bad = odd;
    bad.push_back({.name = "intent.spam_link", .detail = "bad.example"});
    bad.push_back({.name = "fingerprint.exact", .weight = 0.9});
    CHECK(names(out.with(bad)) == Names{"outgoing.bad_link", "outgoing.known_spam"});
    auto changed = odd;
    changed.push_back({.name = "forward.changed"});
    CHECK(names(out.with(changed))
          == Names{"outgoing.bad_link", "outgoing.short_link", "outgoing.spam_words",
                   "outgoing.excess"});
}
