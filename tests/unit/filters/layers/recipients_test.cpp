// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;
using Answer = RecipientVerifier::Answer;

namespace {
struct TestVerifier final : RecipientVerifier {
    std::map<std::string, Result> answers, cached;
    net::awaitable<Result> verify(mail::Mailbox address) override
    {
        co_return answers.at(address.key());
    }
    std::optional<Result> known(const mail::Mailbox& address) override
    {
        const auto found = cached.find(address.key());
        return found == cached.end() ? std::nullopt : std::optional{found->second};
    }
};
net::awaitable<void> wait_for(net::awaitable<Findings> work, Findings& into)
{
    into = co_await std::move(work);
}
}

TEST_CASE("recipients: what is known needs no wait")
{
    World world{"recipients"};
    TestVerifier verifier;
    world.services.recipients = &verifier;
    verifier.cached = {{"bob@b.example", {Answer::known, ""}},
                       {"nobody@b.example", {Answer::unknown, "550 who?"}},
                       {"any@b.example", {Answer::unchecked, ""}}};
    CHECK(world.at_rcpt().empty());
    const auto unknown = world.at_rcpt("nobody@b.example");
    REQUIRE(names(unknown) == Names{"recipients.unknown"});
    CHECK(unknown[0].evidence == "550 who?");
    CHECK(names(world.at_rcpt("any@b.example")) == Names{"recipients.unchecked"});
    CHECK(all_declared(unknown, "recipients"));
    verifier.cached = {{"full@b.example", {Answer::refused, "full", "2.2"}}};
    const auto refused = world.at_rcpt("full@b.example");
    REQUIRE(names(refused) == Names{"recipients.refused"});
    CHECK(refused[0].detail == "2.2");
}

TEST_CASE("recipients: what is not known is asked")
{
    World world{"recipients"};
    TestVerifier verifier;
    world.services.recipients = &verifier;
    verifier.answers = {{"new@b.example", {Answer::unavailable, "connection refused"}}};
    auto inspection = world.layer->inspect_recipient(world.mail, world.recipient("new@b.example"));
    REQUIRE(std::holds_alternative<awaitable<Findings>>(inspection));
    net::Loop loop{world.env};
    Findings found;
    support::run(loop, wait_for(std::get<awaitable<Findings>>(std::move(inspection)), found));
    CHECK(names(found) == Names{"recipients.unavailable"});
}

TEST_CASE("recipients: other domains are nobody's to verify")
{
    World world{"recipients"};
    TestVerifier verifier;
    world.services.recipients = &verifier;
    CHECK(world.at_rcpt("x@elsewhere.example").empty());
    world.services.recipients = nullptr;
    CHECK(world.at_rcpt().empty());
}

TEST_CASE("recipients: a spam trap is nobody's mailbox, and taken")
{
    World world{"recipients"};
    TestVerifier verifier;
    world.services.recipients = &verifier;
    verifier.cached = {{"trap@b.example", {Answer::unknown, "550 who?"}}};
    auto trap = world.recipient("trap@b.example");
    CHECK_FALSE(std::get<Findings>(world.layer->inspect_recipient(world.mail, trap)).empty());
    trap.findings.push_back({.name = "traps.address"});
    CHECK(std::get<Findings>(world.layer->inspect_recipient(world.mail, trap)).empty());
}

TEST_CASE("recipients: an unknown mailbox overrides every list, a failed question defers")
{
    const auto& type = type_named("recipients");
    CHECK(type.findings[0].is_overriding);
    CHECK(type.findings[0].action == mail::Action::reject);
    CHECK(type.findings[1].action == mail::Action::defer);
    CHECK(type.on_error == OnError::defer);
}
