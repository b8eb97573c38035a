// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sts_policy.hpp"

#include <catch2/catch.hpp>

using smtp::StsPolicy;
using namespace std::chrono_literals;

namespace {
net::DnsAnswer txt(std::vector<std::string> texts)
{
    net::DnsAnswer answer{.status = net::DnsAnswer::Status::found};
    for (auto& text : texts)
        answer.records.push_back({.data = std::move(text)});
    return answer;
}
}

TEST_CASE("a domain has a policy where exactly one record says so, with an id")
{
    struct Case {
        std::vector<std::string> texts;
        std::string id;
    };
    const auto [texts, id] = GENERATE(values<Case>({
        {{"v=STSv1; id=20160831085700Z;"}, "20160831085700Z"},
        {{"v=STSv1;id=1"}, "1"},
        {{"v=STSv1 ; a=b; id=x9 "}, "x9"},
        {{"other text", "v=STSv1; id=2"}, "2"},
        {{"v=STSv1; id=1", "v=STSv1; id=2"}, ""},
        {{"v=STSv10; id=1"}, ""},
        {{"v=STSv1"}, ""},
        {{"v=STSv1; id="}, ""},
        {{"v=STSv1; id=a-b"}, ""},
        {{"v=STSv1; id=123456789012345678901234567890123"}, ""},
        {{" v=STSv1; id=1"}, ""},
        {{}, ""},
    }));
    CHECK(smtp::sts_id(txt(texts)).value_or("") == id);
}

TEST_CASE("a policy file is read as RFC 8461 writes it")
{
    const auto policy = smtp::parse_sts_policy("version: STSv1\r\nmode: enforce\r\n"
                                               "mx: Mail.Example.com\r\nmx: *.example.net\r\n"
                                               "mode: none\r\nextra: thing\r\nmax_age: 604800\r\n");
    REQUIRE(policy);
    CHECK(policy->mode == StsPolicy::Mode::enforce);
    CHECK(policy->mx == std::vector<std::string>{"mail.example.com", "*.example.net"});
    CHECK(policy->max_age == 604800s);
    CHECK(smtp::parse_sts_policy("mode:none\nversion:STSv1\nmax_age:0")->mode
          == StsPolicy::Mode::none);
    CHECK(smtp::parse_sts_policy("version: STSv1\nmode: testing\nmx: a.test\nmax_age: 99999999999")
              ->max_age
          == 31'557'600s);
}

TEST_CASE("a policy file that cannot be meant is none")
{
    const std::string text = GENERATE(as<std::string>{}, "", "<html>not found</html>",
                                      "version: STSv2\nmode: enforce\nmx: a.test\nmax_age: 1",
                                      "version: STSv1\nmode: strict\nmx: a.test\nmax_age: 1",
                                      "version: STSv1\nmode: enforce\nmax_age: 1",
                                      "version: STSv1\nmode: enforce\nmx: a.test",
                                      "version: STSv1\nmode: enforce\nmx: a.test\nmax_age: -5",
                                      "version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 7d",
                                      "version: STSv1\nmode: enforce\nmx: *\nmax_age: 1",
                                      "version: STSv1\nmode: enforce\nmx: [192.0.2.1]\nmax_age: 1",
                                      "version: STSv1\nmode: enforce\nmx: a.*.test\nmax_age: 1");
    INFO(text);
    CHECK_FALSE(smtp::parse_sts_policy(text));
    std::string many = "version: STSv1\nmode: enforce\nmax_age: 1\n";
    for (int i = 0; i < 201; ++i)
        many += "mx: a.test\n";
    CHECK_FALSE(smtp::parse_sts_policy(many));
}

TEST_CASE("a star stands for one label, and for nothing else")
{
    StsPolicy policy;
    policy.mx = {"mx.example.com", "*.example.net"};
    const auto [host, is_allowed] = GENERATE(table<std::string, bool>({
        {"mx.example.com", true},
        {"MX.Example.com.", true},
        {"other.example.com", false},
        {"a.example.net", true},
        {"a.b.example.net", false},
        {"example.net", false},
        {".example.net", false},
        {"", false},
    }));
    INFO(host);
    CHECK(policy.allows(host) == is_allowed);
}
