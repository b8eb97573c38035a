// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"
#include "tests/unit/web/people.hpp"
#include "web/api/explanation.hpp"

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

mail::Domain domain_of(const storage::HistoryRow& row)
{
    return mail::Mailbox::parse(row.recipient).value().domain();
}

std::string explained(const storage::HistoryRow& row)
{
    const auto policies = filters::parse_policy("layers: [spf]\npoints: { tag: 3 }\n", "test.yaml");
    return web::explain_row(&policies.value().of(domain_of(row)), row);
}

boost::json::value as_data(const filters::PolicySet& policies, const storage::HistoryRow& row)
{
    web::JsonWriter json;
    json.begin_object();
    web::write_explanation(json, &policies.of(domain_of(row)), false, row);
    return web::parse_json(json.end_object().take()).value();
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

TEST_CASE("points that come from a weight count when a row is explained from history")
{
    storage::HistoryRow row;
    row.stage = "data";
    row.recipient = "bob@b.example";
    row.score = 3.4;
    row.findings = R"([{"name":"rules.hit","detail":"MW_X","points":3.4,"weight":3.4}])";
    const auto policies = filters::parse_policy(
        "layers: [rules]\nrules: [{ when: rules.hit, add: weight }]\npoints: { tag: 3.5 }\n", "p");
    CHECK(web::explain_row(&policies.value().of(domain_of(row)), row)
              .contains("0.1 more points would alter it"));
    const auto data = as_data(policies.value(), row);
    CHECK(web::json_text(web::member_of(data, "change"))
          == R"({"kind":"points","points":0.1,"action":"tag"})");
}

TEST_CASE("an explanation as data says what its text says")
{
    storage::HistoryRow row;
    row.stage = "data";
    row.recipient = "bob@b.example";
    row.action = mail::Action::tag;
    row.step = "points";
    row.rule = "points ≥ 3.5";
    row.score = 5;
    row.findings = R"([{"name":"spf.fail","detail":"b.example","points":1,"evidence":"-all"},)"
                   R"({"name":"helo.own_name","points":4}])";
    const auto policies
        = filters::parse_policy("layers: [spf, helo]\nrules:\n  - { when: spf.fail, add: 1 }\n"
                                "  - { when: helo.own_name, add: 4 }\n"
                                "points: { tag: 3.5, block: 9 }\nblock: discard\n",
                                "p");
    const auto data = as_data(policies.value(), row);
    const auto part
        = [&](std::string_view name) { return web::json_text(web::member_of(data, name)); };
    CHECK(web::is_member_true(data, "judged"));
    CHECK(part("thresholds")
          == R"({"tag":3.5,"quarantine":null,"block":9,"block_action":"discard","own":false})");
    CHECK(part("facts")
          == R"([{"name":"helo.own_name","detail":"","evidence":"","points":4,"layer":"helo"},)"
             R"({"name":"spf.fail","detail":"b.example","evidence":"-all","points":1,)"
             R"("layer":"spf"}])");
    CHECK(part("authentication") == R"([{"method":"spf","result":"fail","detail":"b.example"}])");
    CHECK(part("sentence")
          == R"({"action":"tag","step":"points","rule":"points ≥ 3.5","fact":null,)"
             R"("observed":null})");
    CHECK(part("ladder").ends_with(
        R"({"rung":6,"said":"acts","rule":"points ≥ 3.5","action":"tag"}])"));
    CHECK(part("change") == R"({"kind":"without","name":"helo.own_name","action":"deliver"})");
    CHECK(part("today") == "null");
    row.action = mail::Action::deliver;
    row.rule = "observe: would reject (dmarc.reject)";
    row.step = "rule";
    CHECK(web::json_text(web::member_of(as_data(policies.value(), row), "sentence"))
              .contains(R"("observed":"reject")"));
}

TEST_CASE("what no policy decided is data without a ladder")
{
    const auto policies = filters::parse_policy("layers: [spf]\npoints: { tag: 3 }\n", "p");
    const auto data = as_data(policies.value(), refused("rcpt", "relay"));
    CHECK(!web::is_member_true(data, "judged"));
    CHECK(web::array_member(data, "ladder").empty());
    CHECK(web::member_of(data, "change").is_null());
}

TEST_CASE("what the policy decided at RCPT is explained by the policy")
{
    CHECK(explained(refused("rcpt", "recipients.unknown")).find("Ladder") != std::string::npos);
}

TEST_CASE("mail is explained by what its owner wants, whatever address of theirs it was sent to")
{
    test::People people{{.policy = "layers: [lists]\npoints: { tag: 3.5 }\n"}};
    const auto bob = people.token_of(people.add("bob", web::Role::user, {"bob@example.test"}));
    const auto set = people.ask("PUT", "/api/v1/preferences", bob, R"({"thresholds": {"tag": 7}})");
    REQUIRE(set.status == 200);
    storage::HistoryRow row;
    row.id = {people.gateway.ids.next(people.gateway.env.wall_now()), 1};
    row.time = people.gateway.env.wall_now();
    row.stage = "data";
    row.recipient = "sales@b.test";
    row.owner = GENERATE("bob@example.test", "");
    row.step = "points";
    row.rule = "points";
    row.score = 5;
    row.findings = R"([{"name":"headers.odd","points":5,"weight":5}])";
    const auto id = row.id.mail.to_string();
    const bool is_bobs = !row.owner.empty();
    people.gateway.storage.history->record(std::move(row));
    const auto answer = people.command("GET", "/api/v1/messages/" + id + "/explanation");
    REQUIRE(answer.status == 200);
    const auto& one = web::array_member(answer.body, "explanations").at(0);
    const auto& thresholds = web::member_of(one, "thresholds");
    CHECK(web::number_member(thresholds, "tag") == (is_bobs ? 7 : 3.5));
    CHECK(web::is_member_true(thresholds, "own") == is_bobs);
}
