// SPDX-License-Identifier: Apache-2.0
#include "filters/content/verdict_fields.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

TEST_CASE("upstream: verdict lines count from listed hosts only")
{
    World world{"upstream", "hosts: [192.0.2.0/24]"};
    struct Row {
        const char* header;
        bool is_spam;
    };
    for (const auto& [header, is_spam] : {
             Row{"X-Spam-Flag: YES\r\n", true},
             Row{"X-Spam-Flag: NO\r\n", false},
             Row{"x-spam-status: Yes, score=7.1 required=5\r\n", true},
             Row{"X-Spam-Status: No, score=1\r\n", false},
             Row{"X-Barracuda-Spam-Status: Yes, SCORE=9\r\n", true},
             Row{"X-Mailweir-Verdict: quarantine score=6 id=0\r\n", true},
             Row{"X-Mailweir-Verdict: deliver score=0 id=0\r\n", false},
             Row{"X-Spam-Flag: yesterday\r\n", false},
             Row{"Subject: YES\r\n", false},
         }) {
        INFO(header);
        world.receives(std::string{header} + "\r\n");
        world.mail.client.ip = ip("192.0.2.1");
        const auto found = world.message();
        CHECK(has(found, "upstream.spam") == is_spam);
        CHECK(all_declared(found, "upstream"));
        world.mail.client.ip = ip("198.51.100.1");
        CHECK(world.message().empty());
    }
}

TEST_CASE("upstream: the score travels as a weight")
{
    World world{"upstream", "hosts: [192.0.2.1]"};
    world.receives("X-Spam-Status: Yes, score=7.5\r\n required=5\r\n\r\n");
    const auto found = world.message();
    REQUIRE(found.size() == 1);
    CHECK(found[0].weight == 7.5);
    CHECK(found[0].detail == "X-Spam-Status");
}

TEST_CASE("upstream: every field that is read is also one that is removed from others")
{
    const auto& removed = content::verdict_field_names();
    for (const auto field : {"X-Spam-Flag", "X-Spam-Status", "X-Spam", "X-Barracuda-Spam-Flag",
                             "X-Barracuda-Spam-Status", "X-Mailweir-Verdict"})
        CHECK(std::find(removed.begin(), removed.end(), field) != removed.end());
}
