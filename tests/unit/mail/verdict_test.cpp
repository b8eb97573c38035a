// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/verdict.hpp"

#include <catch2/catch.hpp>

namespace mail {
namespace {
using enum Action;

std::vector<Verdict> verdicts(const std::vector<Action>& actions)
{
    std::vector<Verdict> result;
    for (const Action action : actions)
        result.push_back({.action = action, .step = Step::points});
    return result;
}

std::vector<Action> actions(const std::vector<Verdict>& verdicts)
{
    std::vector<Action> result;
    for (const auto& verdict : verdicts)
        result.push_back(verdict.action);
    return result;
}
}

TEST_CASE("many verdicts settle into the one reply that SMTP allows")
{
    using Actions = std::vector<Action>;
    const auto [before, code, after] = GENERATE(table<Actions, int, Actions>({
        {{deliver}, 250, {deliver}},
        {{tag}, 250, {tag}},
        {{quarantine}, 250, {quarantine}},
        {{discard}, 250, {discard}},
        {{defer}, 451, {defer}},
        {{reject}, 550, {reject}},
        {{reject, reject, reject}, 550, {reject, reject, reject}},
        {{reject, deliver}, 250, {quarantine, deliver}},
        {{deliver, reject, tag}, 250, {deliver, quarantine, tag}},
        {{reject, discard}, 250, {quarantine, discard}},
        {{reject, quarantine}, 250, {quarantine, quarantine}},
        {{deliver, defer}, 451, {deliver, defer}},
        {{reject, defer}, 451, {reject, defer}},
        {{discard, quarantine, defer, reject}, 451, {discard, quarantine, defer, reject}},
    }));
    auto settled = verdicts(before);
    const auto settlement = settle(settled, Mixed::hold, "ID", "");
    CHECK(settlement.reply.code == code);
    CHECK(settlement.is_accepted == (code == 250));
    CHECK(actions(settled) == after);
}

TEST_CASE("a reject that can no longer be said is held or discarded as the listener says")
{
    auto held = verdicts({reject, deliver});
    settle(held, Mixed::hold, "ID", "");
    CHECK(actions(held) == std::vector{quarantine, deliver});
    auto discarded = verdicts({reject, deliver});
    settle(discarded, Mixed::discard, "ID", "");
    CHECK(actions(discarded) == std::vector{discard, deliver});
}

TEST_CASE("a reject by a user's own list is never held")
{
    auto mixed = verdicts({reject, deliver});
    mixed[0].step = Step::user_list;
    settle(mixed, Mixed::hold, "ID", "");
    CHECK(actions(mixed) == std::vector{discard, deliver});
    auto alone = verdicts({reject});
    alone[0].step = Step::user_list;
    CHECK(settle(alone, Mixed::hold, "ID", "").reply.code == 550);
}

TEST_CASE("a refusal says why, under which id, and whom to ask")
{
    auto refused = verdicts({reject});
    CHECK(
        to_wire(settle(refused, Mixed::hold, "ID", "Ask https://help.example").reply)
        == "550-5.7.1 Message refused by policy (id ID)\r\n550 5.7.1 Ask https://help.example\r\n");
    refused[0].public_text = "A virus was found";
    refused[0].enhanced = "5.7.0";
    CHECK(to_wire(settle(refused, Mixed::hold, "ID", "").reply)
          == "550 5.7.0 A virus was found (id ID)\r\n");
    auto deferred = verdicts({deliver, defer});
    deferred[1].enhanced = "5.7.1";
    CHECK(to_wire(settle(deferred, Mixed::hold, "ID", "").reply)
          == "451 4.7.1 Please try again later (id ID)\r\n");
}

TEST_CASE("an acceptance carries the id, and nothing is accepted for nobody")
{
    auto clean = verdicts({deliver});
    CHECK(to_wire(settle(clean, Mixed::hold, "ID", "").reply) == "250 2.0.0 ID\r\n");
    auto nobody = verdicts({});
    const auto settlement = settle(nobody, Mixed::hold, "ID", "");
    CHECK_FALSE(settlement.is_accepted);
    CHECK(settlement.reply.is_permanent());
}

TEST_CASE("actions and steps have one name each")
{
    for (const Action action : {deliver, tag, quarantine, discard, defer, reject})
        CHECK(parse_action(to_string(action)) == action);
    CHECK_FALSE(parse_action("Deliver"));
    CHECK_FALSE(parse_action(""));
    CHECK(to_string(Step::none) == "none");
    CHECK(to_string(Step::user_list) == "user_list");
    CHECK(to_string(Step::points) == "points");
}
}
