// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/spf_record.hpp"
#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

using namespace filters::auth;
using net::RecordType;
using support::MemoryDns;

namespace {
mail::Ip ip(std::string_view text) { return *mail::Ip::parse(text); }

struct Zone {
    MemoryDns dns;

    Zone& publishes(std::string_view name, std::string_view record)
    {
        dns.add(name, RecordType::txt, record);
        return *this;
    }
    SpfAnswer check(std::string_view from = "192.0.2.1", std::string_view sender = "ann@a.example",
                    bool wants_explanation = false)
    {
        auto question = spf_question(ip(from), "mx.a.example", sender);
        question.wants_explanation = wants_explanation;
        return support::complete(check_spf(question, dns));
    }
};

std::string repeated(std::string_view text, int times)
{
    std::string result;
    while (times-- > 0)
        result += text;
    return result;
}
}

TEST_CASE("spf: the answer names the term that decided")
{
    Zone zone;
    zone.publishes("a.example", "v=spf1 ip4:198.51.100.0/24 include:b.example ~all")
        .publishes("b.example", "v=spf1 ip4:192.0.2.0/28 -all");
    const auto passed = zone.check();
    CHECK(passed.result == SpfResult::pass);
    CHECK(passed.mechanism == "include:b.example");
    CHECK(passed.domain == "a.example");
    CHECK(passed.scope == SpfScope::mfrom);
    const auto doubtful = zone.check("203.0.113.1");
    CHECK(doubtful.result == SpfResult::softfail);
    CHECK(doubtful.mechanism == "~all");
}

TEST_CASE("spf: a null sender is judged by the name in HELO")
{
    Zone zone;
    zone.publishes("mx.a.example", "v=spf1 a -all")
        .dns.add("mx.a.example", RecordType::a, "192.0.2.1");
    const auto answer = zone.check("192.0.2.1", "");
    CHECK(answer.result == SpfResult::pass);
    CHECK(answer.scope == SpfScope::helo);
    CHECK(answer.domain == "mx.a.example");
}

TEST_CASE("spf: the domain's explanation is fetched only for those who ask")
{
    Zone zone;
    zone.publishes("a.example", "v=spf1 -all exp=why.a.example")
        .publishes("why.a.example", "%{i} is not ours, %{l}");
    CHECK(zone.check().explanation.empty());
    CHECK(zone.dns.asked.size() == 1);
    CHECK(zone.check("192.0.2.1", "ann@a.example", true).explanation
          == "192.0.2.1 is not ours, ann");
}

TEST_CASE("spf: names that no query should have are not asked for")
{
    Zone zone;
    zone.publishes("a.example", "v=spf1 exists:%{l}.a.example -all");
    CHECK(zone.check("192.0.2.1", "ann\r\n\xE3\x81@a.example").result == SpfResult::fail);
    CHECK(zone.dns.asked.size() == 1);
}

TEST_CASE("spf: what the DNS does not answer is temporary and says so")
{
    Zone zone;
    zone.publishes("a.example", "v=spf1 include:b.example -all").dns.fail("b.example", "SERVFAIL");
    const auto answer = zone.check();
    CHECK(answer.result == SpfResult::temperror);
    CHECK(answer.problem == "TXT of b.example: SERVFAIL");
}

TEST_CASE("spf: a domain cannot make us ask without end")
{
    Zone zone;
    std::string record = "v=spf1";
    for (int i = 0; i < 10; ++i) {
        const auto name = "m" + std::to_string(i) + ".example";
        record += " mx:" + name;
        for (int k = 0; k < 10; ++k)
            zone.dns.add(name, RecordType::mx, "1 h" + std::to_string(k) + "." + name);
    }
    zone.publishes("a.example", record + " mx:one.more.example -all");
    CHECK(zone.check().result == SpfResult::permerror);
    CHECK(zone.dns.asked.size() <= 1 + 10 * 11);
}

TEST_CASE("spf: records of absurd size and shape end soon")
{
    Zone zone;
    zone.publishes("a.example", "v=spf1 " + repeated("ip4:10.0.0.1 ", 5000) + "-all")
        .publishes("b.example", "v=spf1 exists:" + repeated("%{s99r.-+,/_=}", 5000) + " -all")
        .publishes("c.example", "v=spf1 redirect=" + repeated("%{D}", 16'000))
        .publishes("d.example", "v=spf1 " + std::string(65'000, '%'))
        .publishes("e.example", "v=spf1 a:" + std::string(65'000, '/') + "1");
    CHECK(zone.check().result == SpfResult::permerror);
    CHECK(zone.check("192.0.2.1", "ann@b.example").result == SpfResult::fail);
    CHECK(zone.check("192.0.2.1", "ann@c.example").result == SpfResult::permerror);
    CHECK(zone.check("192.0.2.1", "ann@d.example").result == SpfResult::permerror);
    CHECK(zone.check("192.0.2.1", "ann@e.example").result == SpfResult::permerror);
}

TEST_CASE("spf: networks of both families are compared bit by bit")
{
    struct Row {
        const char *term, *from;
        bool matches;
    };
    for (const auto& [term, from, matches] : {
             Row{"ip4:192.0.2.1", "192.0.2.1", true},
             Row{"ip4:192.0.2.0/31", "192.0.2.1", true},
             Row{"ip4:192.0.2.0/32", "192.0.2.1", false},
             Row{"ip4:0.0.0.0/0", "2001:db8::1", false},
             Row{"ip6:2001:db8::/32", "2001:db8:ffff::1", true},
             Row{"ip6:2001:db8::/33", "2001:db8:ffff::1", false},
             Row{"ip6:::/0", "192.0.2.1", false},
             Row{"ip6:::ffff:192.0.2.1/128", "192.0.2.1", false},
             Row{"ip6:::ffff:192.0.2.1/90", "::1", false},
             Row{"ip6:::ffff:192.0.2.1/80", "::1", true},
         }) {
        INFO(term << " " << from);
        const auto record = SpfRecord::parse(std::string{"v=spf1 "} + term);
        REQUIRE(record);
        CHECK(has_address(record->terms.front(), ip(from)) == matches);
    }
}

TEST_CASE("spf: a record that is wrong anywhere counts nowhere")
{
    for (const auto* term : {"ip4:192.0.2.1/33",
                             "ip4:192.0.2.1/",
                             "ip4:192.0.2.1/8/8",
                             "ip4",
                             "ip6:192.0.2.1",
                             "ip4:2001:db8::1",
                             "a:b",
                             "a/33",
                             "a//129",
                             "a/08",
                             "mx:",
                             "ptr/24",
                             "include",
                             "exists:x.y/24",
                             "all:x",
                             "foo",
                             "++all",
                             "redirect=x.y redirect=x.y",
                             "exp=",
                             "a:%{x}.y",
                             "a:%{d0}.y",
                             "a:%{d",
                             "a:%",
                             "x=%{c}",
                             "a:\xE3.y",
                             "-",
                             "a:x.y\tall"}) {
        INFO(term);
        CHECK_FALSE(SpfRecord::parse(std::string{"v=spf1 ip4:192.0.2.1 "} + term));
    }
    CHECK(SpfRecord::parse("v=spf1 A:X.y/8//8 MX PTR:x.y ?Exists:%{L1r+-}.x ReDirect=x.y x=y"));
}
