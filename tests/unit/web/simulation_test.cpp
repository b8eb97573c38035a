// SPDX-License-Identifier: Apache-2.0
#include "web/api/simulation.hpp"

#include "filters/findings_json.hpp"
#include "tests/unit/web/people.hpp"

namespace {
using mail::Action;
using web::Simulation;

constexpr const char* in_force = "layers: [spf, lists, recipients, greylist]\n"
                                 "rules:\n"
                                 "  - { when: spf.fail, add: 4 }\n"
                                 "  - { when: greylist.wait, then: defer }\n"
                                 "points: { tag: 3.5 }\n";

/// A gateway whose history a policy is tried on.
class Trial {
public:
    Trial() : gateway{options()} { }

    /// What the live judge makes of these facts goes into history; its row.
    storage::HistoryRow& receive(mail::Findings shared, mail::Findings own = {},
                                 std::string recipient = "bob@example.test")
    {
        auto& row = rows.emplace_back();
        mail::Mail mail;
        mail.id = gateway.ids.next(gateway.env.wall_now());
        mail.findings = std::move(shared);
        mail::Recipient to{mail::Mailbox::parse(recipient).value()};
        to.findings = std::move(own);
        const auto& policy = gateway.context.snapshot()->policy.of(to.owner().domain());
        const auto judged = filters::judge(policy, mail, to, filters::Moment::message);
        row.id = {mail.id, 1};
        row.time = gateway.env.wall_now();
        row.stage = "data";
        row.listener = "mx";
        row.client = "192.0.2.1";
        row.sender = "ann@sender.test";
        row.recipient = row.owner = recipient;
        row.action = judged.verdict.action;
        row.rule = judged.verdict.rule;
        row.findings = filters::findings_json(mail.findings, to.findings, judged.points);
        return row;
    }
    boost::json::value by(const std::string& candidate, std::vector<bool> opinions = {})
    {
        const auto snapshot = gateway.context.snapshot();
        auto policy = filters::parse_policy(candidate, "candidate");
        REQUIRE(policy);
        Simulation simulation{gateway.context, snapshot,
                              web::with_policy(*snapshot, std::move(*policy))};
        std::vector<Simulation::Case> cases;
        for (const auto& row : rows)
            cases.push_back({&row, web::StoredMail::of(row, snapshot->settings)});
        asked = simulation.look_at(cases);
        simulation.take_opinions(opinions);
        return web::parse_json(simulation.json()).value();
    }

    test::GatewayUnderTest gateway;
    std::deque<storage::HistoryRow> rows;
    std::vector<mail::MailId> asked;

private:
    static test::GatewayUnderTest::Options options()
    {
        test::GatewayUnderTest::Options options;
        options.policy = in_force;
        return options;
    }
};

double number(const boost::json::value& result, std::string_view name)
{
    return web::number_member(result, name);
}
}

TEST_CASE("the policy in force judges stored mail exactly as it did when it came")
{
    Trial trial;
    trial.receive({{.name = "spf.fail"}});
    trial.receive({});
    // For one recipient's own fact a defer comes too late after the dot.
    trial.receive({}, {{.name = "greylist.wait"}});
    trial.receive({{.name = "greylist.wait"}});
    trial.receive({{.name = "spf.fail"}}, {{"lists.allow_user", "ann@sender.test", {}, 1000.0}});
    CHECK(trial.rows[0].action == Action::tag);
    CHECK(trial.rows[2].action == Action::deliver);
    CHECK(trial.rows[3].action == Action::defer);
    CHECK(trial.rows[4].action == Action::deliver);
    const auto result = trial.by(in_force);
    CHECK(number(result, "looked_at") == 5);
    CHECK(number(result, "unchanged") == 5);
    CHECK(web::array_member(result, "changes").empty());
    CHECK(web::array_member(result, "then").empty());
}

TEST_CASE("a candidate's changes are counted by what becomes of what, with examples")
{
    Trial trial;
    for (int i = 0; i < 12; ++i)
        trial.receive({{.name = "spf.fail"}});
    trial.receive({});
    const auto result = trial.by("layers: [spf]\nrules: [{ when: spf.fail, then: reject }]\n");
    const auto& changes = web::array_member(result, "changes");
    REQUIRE(changes.size() == 1);
    CHECK(web::text_member(changes[0], "from") == "tag");
    CHECK(web::text_member(changes[0], "to") == "reject");
    CHECK(number(changes[0], "count") == 12);
    CHECK(web::text_members(changes[0], "examples").size() == Simulation::most_examples);
    CHECK(web::text_members(changes[0], "examples").front() == trial.rows[0].id.to_string());
    CHECK(number(result, "unchanged") == 1);
}

TEST_CASE("facts of a layer that the candidate leaves out do not count, those it adds are missing")
{
    Trial trial;
    trial.receive({{.name = "spf.fail"}});
    const auto result = trial.by("layers: [helo]\nrules: [{ when: spf.fail, then: reject }]\n");
    const auto& changes = web::array_member(result, "changes");
    REQUIRE(changes.size() == 1);
    CHECK(web::text_member(changes[0], "to") == "deliver");
    CHECK(web::text_members(result, "layers_without_facts") == std::vector<std::string>{"helo"});
}

TEST_CASE("a refusal at RCPT that would be none leaves open what the message was")
{
    Trial trial;
    auto& row = trial.receive({{.name = "spf.fail"}});
    row.stage = "rcpt";
    row.action = Action::reject;
    auto& relay = trial.receive({});
    relay.stage = "rcpt";
    relay.rule = "relay";
    relay.step = "overriding";
    const auto refusing = "layers: [spf]\nrules: [{ when: spf.fail, then: reject }]\n";
    auto result = trial.by(refusing);
    CHECK(number(result, "not_judged") == 1);
    CHECK(number(result, "looked_at") == 2);
    // The policy in force does not refuse it at RCPT either: what happened is the past's.
    CHECK(web::array_member(result, "then").size() == 1);
    auto policy = filters::parse_policy(refusing, "p").value();
    trial.gateway.context.replace(
        web::with_policy(*trial.gateway.context.snapshot(), std::move(policy)));
    result = trial.by(in_force);
    CHECK(number(result, "beyond") == 1);
    CHECK(web::array_member(result, "changes").empty());
}

TEST_CASE("it is not safe to refuse what people released, allowed or called no spam")
{
    Trial trial;
    for (int i = 0; i < 100; ++i)
        trial.receive({});
    const auto strict = "layers: [spf]\nrules: [{ when: spf.fail, then: reject }]\n";
    const auto domain_of = [](const boost::json::value& result) {
        return web::array_member(result, "domains").at(0);
    };
    CHECK(web::is_member_true(domain_of(trial.by(strict)), "safe"));
    CHECK(trial.asked.empty());
    auto& released = trial.receive({{.name = "spf.fail"}});
    CHECK(web::is_member_true(domain_of(trial.by(strict)), "safe"));
    CHECK(trial.asked == std::vector{released.id.mail});
    CHECK_FALSE(web::is_member_true(domain_of(trial.by(strict, {true})), "safe"));
    CHECK(number(domain_of(trial.by(strict, {true})), "not_spam") == 1);
    released.action = Action::quarantine;
    released.delivery = "released by the recipient";
    auto domain = domain_of(trial.by(strict, {true}));
    CHECK(number(domain, "refused") == 1);
    CHECK(number(domain, "newly") == 1);
    CHECK(number(domain, "released") == 1);
    CHECK(number(domain, "regretted") == 1);
    CHECK(web::text_members(domain, "examples")
          == std::vector<std::string>{released.id.to_string()});
    CHECK_FALSE(web::is_member_true(domain, "safe"));
    trial.rows.erase(trial.rows.begin(), trial.rows.begin() + 60);
    CHECK(web::member_of(domain_of(trial.by(strict)), "safe").is_null());
}
