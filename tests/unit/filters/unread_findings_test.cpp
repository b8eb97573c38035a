// SPDX-License-Identifier: Apache-2.0
#include "filters/unread_findings.hpp"

#include "filters/policy_document.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

using namespace filters;

namespace {
std::vector<std::string> unread(const std::string& yaml)
{
    const auto policy = parse_policy(yaml, "p.yaml");
    if (!policy)
        FAIL(to_string(policy.error()));
    std::vector<std::string> names;
    for (const auto* type : unread_findings(*policy))
        names.emplace_back(type->name);
    return names;
}
bool has(const std::vector<std::string>& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}
}

TEST_CASE("findings that no rule names are told, where their layer runs")
{
    const auto names = unread("layers: [headers, lists, recipients]\n"
                              "rules: [{ when: { not: [headers.no_date] }, add: 1 }]\n"
                              "domains: { b.example: { rules: [{ when: headers.no_subject, "
                              "then: tag }] } }\n");
    CHECK(has(names, "headers.no_message_id"));
    CHECK(has(names, "dos.early_talker"));
    CHECK(has(names, "data.long_line"));
    CHECK_FALSE(has(names, "headers.no_date"));
    CHECK_FALSE(has(names, "headers.no_subject"));
    CHECK_FALSE(has(names, "helo.invalid"));
    CHECK_FALSE(has(names, "headers.loop"));
    CHECK_FALSE(has(names, "recipients.unknown"));
    CHECK_FALSE(has(names, "lists.block_user"));
    CHECK_FALSE(has(names, "headers.error"));
}

TEST_CASE("the presets have an answer to all that connection, header and words can show")
{
    const std::string preset = GENERATE("default", "observe", "tag", "quarantine", "strict");
    std::ifstream in{std::string{SOURCE_DIR} + "/etc/policies/" + preset + ".yaml"};
    REQUIRE(in);
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    auto names = unread(text);
    std::erase_if(names, [](std::string_view name) {
        const auto layer = name.substr(0, name.find('.'));
        constexpr std::array answered{"dos",      "rate",  "blocklist",  "helo", "headers",
                                      "upstream", "words", "recipients", "data"};
        return std::ranges::find(answered, layer) == answered.end();
    });
    CHECK(names == std::vector<std::string>{});
}
