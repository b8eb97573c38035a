// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/own_policy.hpp"

#include "filters/policy_document.hpp"

#include <catch2/catch.hpp>

namespace {
filters::Policy policy()
{
    auto read = filters::parse_policy("layers: [dmarc, spf]\n"
                                      "rules:\n"
                                      "  - { when: spf.fail, then: reject }\n"
                                      "  - { when: spf.fail, add: 3 }\n"
                                      "  - { when: recipients.unknown, then: defer }\n"
                                      "points: { tag: 3.5, quarantine: 6, block: 9 }\n",
                                      "test.yaml");
    REQUIRE(read);
    return read->standard;
}
}

TEST_CASE("own thresholds take the place of the policy's, within the administrator's bounds")
{
    const smtp::OwnThresholds bounds{
        .least_tag = 2, .most_tag = 8, .least_quarantine = 3, .most_quarantine = 12};
    const auto mine = smtp::with_own(policy(), {.tag = 5, .quarantine = 10}, bounds);
    CHECK(mine.tag == 5);
    CHECK(mine.quarantine == 10);
    CHECK(mine.block == 9);
    CHECK(mine.rules.size() == 3);
    // Bounds that became narrower since count, too.
    const auto wild = smtp::with_own(policy(), {.tag = 0, .quarantine = 99}, bounds);
    CHECK(wild.tag == 2);
    CHECK(wild.quarantine == 12);
    CHECK(smtp::with_own(policy(), {}, bounds).tag == 3.5);
}

TEST_CASE("a filter that is switched off keeps what nobody may override")
{
    const auto off = smtp::with_own(policy(), {.is_off = true}, {});
    CHECK(!off.tag);
    CHECK(!off.quarantine);
    CHECK(!off.block);
    REQUIRE(off.rules.size() == 1);
    CHECK(off.rules.front().text == "recipients.unknown");
    const smtp::OwnThresholds strict{.may_switch_off = false};
    CHECK(smtp::with_own(policy(), {.is_off = true}, strict).rules.size() == 3);
}
