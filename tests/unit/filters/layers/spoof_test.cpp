// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
const Findings unproven{{.name = "spf.none"}, {.name = "dkim.none"}};

struct SpoofWorld : World {
    explicit SpoofWorld(std::string_view settings = {}) : World{"spoof", settings} { }
    Names with(std::string_view from, Findings known)
    {
        receives("From: " + std::string{from} + "\r\n\r\nx\r\n");
        mail.findings = std::move(known);
        const auto findings = std::get<Findings>(layer->inspect_message(mail));
        CHECK(all_declared(findings, "spoof"));
        return names(findings);
    }
};
}

TEST_CASE("spoof: a domain of ours from outside must be proven")
{
    SpoofWorld world;
    const Names found{"spoof.own_domain"};
    CHECK(world.with("boss@b.example", unproven) == found);
    CHECK(world.with("\"Boss\" <boss@B.EXAMPLE>", unproven) == found);
    CHECK(world.with("x@a.example, boss@b.example", unproven) == found);
    CHECK(world.with("x@a.example\r\nFrom: boss@b.example", unproven) == found);
    CHECK(world.with("boss@b.example",
                     {{.name = "spf.pass", .detail = "a.example"}, {.name = "dkim.none"}})
          == found);
    CHECK(world.with("x@a.example", unproven).empty());
    CHECK(world.with("\"boss@b.example\" <x@a.example>", unproven).empty());
}

TEST_CASE("spoof: what proves itself, or cannot be decided, is no spoof")
{
    SpoofWorld world;
    for (const Findings& known : {
             Findings{{.name = "spf.pass", .detail = "b.example"}, {.name = "dkim.none"}},
             Findings{{.name = "spf.fail"}, {.name = "dkim.pass", .detail = "news.b.example"}},
             Findings{{.name = "spf.temperror", .detail = "b.example"}, {.name = "dkim.none"}},
             Findings{{.name = "spf.none"}, {.name = "dkim.error"}},
             Findings{{.name = "spf.none"}, {.name = "dkim.none"}, {.name = "arc.trusted"}},
             Findings{{.name = "spf.none"}},
             Findings{},
         })
        CHECK(world.with("boss@b.example", known).empty());
    world.mail.client.is_inside = true;
    CHECK(world.with("boss@b.example", unproven).empty());
}

TEST_CASE("spoof: services that may write in our name are listed by network or by proven domain")
{
    SpoofWorld by_network{"outside_services: [192.0.2.0/28]"};
    CHECK(by_network.with("boss@b.example", unproven).empty());
    by_network.mail.client.ip = ip("192.0.2.77");
    CHECK(by_network.with("boss@b.example", unproven) == Names{"spoof.own_domain"});

    SpoofWorld by_domain{"outside_services: [mailer.example]"};
    CHECK(by_domain.with("boss@b.example", unproven) == Names{"spoof.own_domain"});
    CHECK(by_domain
              .with("boss@b.example",
                    {{.name = "spf.pass", .detail = "eu.mailer.example"}, {.name = "dkim.none"}})
              .empty());

    SpoofWorld wrong{"outside_services: [\"not a domain\"]"};
    CHECK(wrong.said().find("neither a network nor a domain") != std::string::npos);
}
