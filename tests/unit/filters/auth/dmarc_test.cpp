// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dmarc.hpp"
#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace filters::auth;
using net::RecordType;
using support::MemoryDns;

namespace {
constexpr auto spf = Identity::Method::spf;
constexpr auto dkim = Identity::Method::dkim;

mail::Domain domain(std::string_view text) { return *mail::Domain::parse(text); }

struct Zone {
    MemoryDns dns;
    DmarcQuestion question{.sample = "0123456789ABC"};

    explicit Zone(std::map<std::string, std::string> records = {})
    {
        for (const auto& [name, text] : records)
            dns.add("_dmarc." + name, RecordType::txt, text);
    }
    Zone& vouches(Identity::Method method, std::string_view name, bool is_pass = true)
    {
        question.identities.push_back({method, domain(name), is_pass});
        return *this;
    }
    Zone& by(DmarcStandard standard)
    {
        question.standard = standard;
        return *this;
    }
    DmarcAnswer check(std::string_view from)
    {
        question.author.domain = domain(from);
        return support::complete(check_dmarc(question, dns));
    }
};

Author author(std::string_view header) { return author_of(mail::Header::parse(header)); }

std::string name_of(const Author& found) { return found.domain ? found.domain->ascii() : ""; }
}

TEST_CASE("dmarc: the author is who the one From names, else nobody")
{
    struct Row {
        const char *header, *domain;
        bool is_ambiguous;
    };
    for (const auto& [header, name, is_ambiguous] : {
             Row{"From: Ann <ann@A.example>\r\n", "a.example", false},
             Row{"From: a@a.example, b@a.example\r\n", "a.example", false},
             Row{"Subject: x\r\n", "", false},
             Row{"From: nobody\r\n", "", true},
             Row{"From: a@a.example\r\nFrom: b@a.example\r\n", "", true},
             Row{"From: a@a.example, b@b.example\r\n", "", true},
             Row{"From: x, a@a.example\r\n", "a.example", true},
             Row{"From: \"a\x01\" <a@a.example>\r\n", "a.example", true},
             Row{"From: a@[192.0.2.1]\r\n", "", true},
         }) {
        INFO(header);
        const auto found = author(header);
        CHECK(name_of(found) == name);
        CHECK(!found.ambiguity.empty() == is_ambiguous);
    }
}

TEST_CASE("dmarc: alignment is relaxed unless the domain wants it strict")
{
    struct Row {
        const char* tags;
        Identity::Method method;
        const char *vouched, *from;
        DmarcResult result;
    };
    for (const auto& [tags, method, vouched, from, result] : {
             Row{"", dkim, "a.example", "a.example", DmarcResult::pass},
             Row{"", dkim, "mail.a.example", "a.example", DmarcResult::pass},
             Row{"", spf, "a.example", "news.a.example", DmarcResult::pass},
             Row{"", spf, "x.a.example", "y.a.example", DmarcResult::pass},
             Row{"", dkim, "b.example", "a.example", DmarcResult::fail},
             Row{"", dkim, "example", "a.example", DmarcResult::fail},
             Row{"", dkim, "nota.example", "a.example", DmarcResult::fail},
             Row{"adkim=s", dkim, "mail.a.example", "a.example", DmarcResult::fail},
             Row{"adkim=s", spf, "mail.a.example", "a.example", DmarcResult::pass},
             Row{"aspf=s", spf, "mail.a.example", "a.example", DmarcResult::fail},
             Row{"aspf=S; adkim=s", spf, "a.example", "a.example", DmarcResult::pass},
             Row{"aspf=x", spf, "mail.a.example", "a.example", DmarcResult::pass},
         })
        for (const auto standard : {DmarcStandard::rfc7489, DmarcStandard::rfc9989}) {
            INFO(tags << " " << vouched << " for " << from);
            Zone zone{{{"a.example", std::string{"v=DMARC1; p=reject; "} + tags}}};
            CHECK(zone.by(standard).vouches(method, vouched).check(from).result == result);
        }
}

TEST_CASE("dmarc: a subdomain has its own record, or sp=, or p= of its organisation")
{
    Zone zone{{{"a.example", "v=DMARC1; p=reject; sp=quarantine"},
               {"own.a.example", "v=DMARC1;p=none"},
               {"b.example", "v=DMARC1; p=reject"}}};
    CHECK(zone.check("a.example").policy == DmarcPolicy::reject);
    CHECK(zone.check("x.y.a.example").policy == DmarcPolicy::quarantine);
    CHECK(zone.check("own.a.example").policy == DmarcPolicy::none);
    CHECK(zone.check("own.a.example").result == DmarcResult::fail);
    const auto answer = zone.check("x.b.example");
    CHECK(answer.policy == DmarcPolicy::reject);
    CHECK(answer.wanted == DmarcPolicy::reject);
    CHECK(answer.organization == "b.example");
    CHECK(answer.record_domain == "b.example");
    CHECK(zone.check("c.example").result == DmarcResult::none);
}

TEST_CASE("dmarc: what the DNS does not answer is temporary, never a failure")
{
    Zone dead{{{"a.example", "v=DMARC1; p=reject"}}};
    dead.dns.fail("_dmarc.x.a.example", "SERVFAIL");
    const auto answer = dead.check("x.a.example");
    CHECK(answer.result == DmarcResult::temperror);
    CHECK(answer.problem == "TXT of _dmarc.x.a.example: SERVFAIL");

    Zone undecided{{{"a.example", "v=DMARC1; p=reject"}}};
    undecided.vouches(dkim, "a.example", false);
    CHECK(undecided.check("a.example").result == DmarcResult::temperror);
    CHECK(undecided.vouches(spf, "a.example").check("a.example").result == DmarcResult::pass);

    Zone foreign{{{"a.example", "v=DMARC1; p=reject"}}};
    CHECK(foreign.vouches(dkim, "b.example", false).check("a.example").result == DmarcResult::fail);
}

TEST_CASE("dmarc: several records count as none, wrong ones say so")
{
    Zone several{{{"a.example", "v=DMARC1; p=reject"}}};
    several.dns.add("_dmarc.a.example", RecordType::txt, "v=DMARC1; p=none");
    CHECK(several.check("a.example").result == DmarcResult::none);
    CHECK_FALSE(several.check("a.example").problem.empty());

    struct Row {
        const char* text;
        DmarcResult result;
        DmarcPolicy policy;
    };
    for (const auto& [text, result, policy] : {
             Row{"v=DMARC1; p=reject", DmarcResult::fail, DmarcPolicy::reject},
             Row{"v = DMARC1 ;p = Reject;;x=y;", DmarcResult::fail, DmarcPolicy::reject},
             Row{"v=DMARC1; x; P=quarantine", DmarcResult::fail, DmarcPolicy::quarantine},
             Row{"v=dmarc1; p=reject", DmarcResult::none, DmarcPolicy::none},
             Row{"v=DMARC12; p=reject", DmarcResult::none, DmarcPolicy::none},
             Row{"p=reject; v=DMARC1", DmarcResult::none, DmarcPolicy::none},
             Row{"v=DMARC1", DmarcResult::permerror, DmarcPolicy::none},
             Row{"v=DMARC1; p=bounce", DmarcResult::permerror, DmarcPolicy::none},
             Row{"v=DMARC1; p=bounce; rua=mailto:d@a.example", DmarcResult::fail,
                 DmarcPolicy::none},
             Row{"v=DMARC1; rua=x, mailto:d@a.example", DmarcResult::fail, DmarcPolicy::none},
             Row{"v=DMARC1; p=reject; sp=x; rua=mailto:d@a.example", DmarcResult::fail,
                 DmarcPolicy::none},
             Row{"v=DMARC1; p=reject; sp=x; rua=,", DmarcResult::permerror, DmarcPolicy::none},
             Row{"v=DMARC1; p=reject; p=none", DmarcResult::permerror, DmarcPolicy::none},
             Row{"v=DMARC1; p=reject; pct=x; adkim=; foo=bar", DmarcResult::fail,
                 DmarcPolicy::reject},
         }) {
        INFO(text);
        Zone zone{{{"a.example", text}}};
        const auto answer = zone.check("a.example");
        CHECK(answer.result == result);
        CHECK(answer.policy == policy);
    }
}

TEST_CASE("dmarc: pct= spares the same mails each time, by one step")
{
    Zone zone{{{"a.example", "v=DMARC1; p=reject; pct=30"}}};
    int wanted = 0;
    for (int i = 0; i < 1000; ++i) {
        zone.question.sample = "mail" + std::to_string(i);
        const auto once = zone.check("a.example").wanted;
        CHECK(once == zone.check("a.example").wanted);
        CHECK(once != DmarcPolicy::none);
        wanted += once == DmarcPolicy::reject;
    }
    CHECK(wanted > 240);
    CHECK(wanted < 360);
    Zone nobody{{{"a.example", "v=DMARC1; p=reject; pct=0"}}};
    CHECK(nobody.check("a.example").wanted == DmarcPolicy::quarantine);
    CHECK(nobody.by(DmarcStandard::rfc9989).check("a.example").wanted == DmarcPolicy::reject);
}

TEST_CASE("dmarc: an author that programs read differently never passes, and never escapes")
{
    Zone zone{{{"a.example", "v=DMARC1; p=reject"}}};
    zone.question.author.ambiguity = "a From that is not of the form";
    CHECK(zone.check("a.example").wanted == DmarcPolicy::reject);
    CHECK(zone.vouches(dkim, "a.example").check("a.example").result == DmarcResult::permerror);

    Zone nobody;
    CHECK(support::complete(check_dmarc({.author = author("Subject: x\r\n")}, nobody.dns)).result
          == DmarcResult::none);
    const auto twice = author("From: a@a.example\r\nFrom: a@b.example\r\n");
    CHECK(support::complete(check_dmarc({.author = twice}, nobody.dns)).result
          == DmarcResult::permerror);
    CHECK(nobody.dns.asked.empty());
}

TEST_CASE("dmarc: by RFC 9989 the tree of the DNS says where an organisation ends")
{
    Zone zone{{{"example", "v=DMARC1; p=reject; psd=y; np=quarantine"},
               {"a.example", "v=DMARC1; p=none"},
               {"unit.a.example", "v=DMARC1; p=quarantine; psd=n"},
               {"test.example", "v=DMARC1; p=reject; t=y"}}};
    zone.by(DmarcStandard::rfc9989).dns.add_name("b.example");
    CHECK(zone.check("x.a.example").organization == "a.example");
    CHECK(zone.check("x.unit.a.example").organization == "unit.a.example");
    CHECK(zone.check("x.unit.a.example").policy == DmarcPolicy::quarantine);
    CHECK(zone.check("x.b.example").organization == "b.example");
    CHECK(zone.check("b.example").record_domain == "example");
    CHECK(zone.check("b.example").policy == DmarcPolicy::reject);
    CHECK(zone.check("forged.example").policy == DmarcPolicy::quarantine);
    CHECK(zone.check("test.example").wanted == DmarcPolicy::quarantine);
    // The unit is its own organisation: its parent does not speak for it.
    CHECK(zone.vouches(dkim, "a.example").check("unit.a.example").result == DmarcResult::fail);
    CHECK(zone.vouches(dkim, "y.unit.a.example").check("unit.a.example").result
          == DmarcResult::pass);
}

TEST_CASE("dmarc: a walk asks eight names at most")
{
    Zone zone{{{"a.example", "v=DMARC1; p=reject"}}};
    zone.by(DmarcStandard::rfc9989);
    const auto answer = zone.check("1.2.3.4.5.6.7.8.9.10.11.12.a.example");
    CHECK(answer.result == DmarcResult::fail);
    CHECK(answer.organization == "a.example");
    CHECK(zone.dns.asked.size() == 8);
    CHECK(zone.dns.asked[1].first == "_dmarc.8.9.10.11.12.a.example");
}
