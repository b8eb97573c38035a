// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/organizational_domain.hpp"

#include <catch2/catch.hpp>

using namespace filters::auth;

TEST_CASE("the organisational domain is one label more than the public suffix")
{
    struct Row {
        const char *name, *organization;
    };
    for (const auto& [name, organization] : {
             Row{"example.com", "example.com"},
             Row{"MX1.Example.COM.", "example.com"},
             Row{"com", ""},
             Row{"a.b.example.co.jp", "example.co.jp"},
             Row{"co.jp", ""},
             Row{"www.example.ac.jp", "example.ac.jp"},
             Row{"a.b.c.kobe.jp", "b.c.kobe.jp"},
             Row{"www.city.kobe.jp", "city.kobe.jp"},
             Row{"c.mm", ""},
             Row{"a.b.unlisted-top", "b.unlisted-top"},
             Row{"localhost", ""},
             Row{"[192.0.2.1]", ""},
             Row{"www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"},
             Row{"xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"},
             Row{"公司.cn", ""},
         }) {
        INFO(name);
        const auto domain = mail::Domain::parse(name);
        REQUIRE(domain);
        const auto found = organizational_domain(*domain);
        CHECK((found ? found->ascii() : "") == organization);
    }
    CHECK(is_public_suffix(*mail::Domain::parse("co.jp")));
    CHECK_FALSE(is_public_suffix(*mail::Domain::parse("example.co.jp")));
    CHECK_FALSE(is_public_suffix(*mail::Domain::parse("[192.0.2.1]")));
}
