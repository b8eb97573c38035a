// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"
#include "web/api/explanation.hpp"

#include <catch2/catch.hpp>

namespace {
storage::HistoryRow refused(std::string stage, std::string rule)
{
    storage::HistoryRow row;
    row.stage = std::move(stage);
    row.rule = std::move(rule);
    row.step = "overriding";
    row.action = mail::Action::reject;
    row.recipient = "x@elsewhere.example";
    row.reply = "550 5.7.1 relaying denied";
    row.findings = R"([{"name":"spf.fail","detail":"","evidence":"","points":3}])";
    return row;
}

std::string explained(const storage::HistoryRow& row)
{
    const auto policies = filters::parse_policy("layers: [spf]\npoints: { tag: 3 }\n", "test.yaml");
    return web::explain_row(policies.value(), row);
}
}

TEST_CASE("what no policy decided is not explained by one")
{
    const auto [stage, rule, start] = GENERATE(table<std::string, std::string, std::string>({
        {"rcpt", "relay", "Refused at RCPT, whatever the policy says: the gateway takes mail"},
        {"mail", "relay", "Refused at MAIL, whatever the policy says: the gateway takes mail"},
        {"data", "data", "Refused at DATA, whatever the policy says: the data cannot be taken"},
    }));
    const auto text = explained(refused(stage, rule));
    INFO(text);
    CHECK(text.starts_with(start));
    CHECK(text.find("550 5.7.1 relaying denied") != std::string::npos);
    CHECK(text.find("Smallest change") == std::string::npos);
    CHECK(text.find("would have it") == std::string::npos);
}

TEST_CASE("what the policy decided at RCPT is explained by the policy")
{
    CHECK(explained(refused("rcpt", "recipients.unknown")).find("Ladder") != std::string::npos);
}
