// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/verification.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using Answer = filters::RecipientVerifier::Answer;

namespace {
const auto bob = mail::Mailbox::parse("bob@example.test").value();

/// A gateway that asks its internal server; `ask` plays one callout that gets `reply` to RCPT.
class Asked {
public:
    Answer ask(std::string reply, const mail::Mailbox& address = bob)
    {
        Answer answer = Answer::unchecked;
        gateway.loop.spawn("server", serve(std::move(reply)));
        gateway.loop.spawn("verify", verify(address, answer));
        gateway.loop.run();
        return answer;
    }
    std::optional<Answer> known(const mail::Mailbox& address = bob)
    {
        const auto result = gateway.verifier.known(address);
        return result ? std::optional{result->answer} : std::nullopt;
    }
    test::GatewayUnderTest gateway{{.recipients = smtp::RecipientSource::Kind::callout}};

    /// The server ends the kept connection in answer to MAIL, by `farewell` or by closing, and
    /// gives `reply` on a new one, if there comes one.
    Answer ask_after_end(std::string farewell, std::string reply)
    {
        Answer answer = Answer::unchecked;
        gateway.loop.spawn("server", end_and_serve(std::move(farewell), std::move(reply)));
        gateway.loop.spawn("verify", verify(bob_else, answer));
        gateway.loop.run();
        return answer;
    }

private:
    const mail::Mailbox bob_else = mail::Mailbox::parse("else@example.test").value();
    net::awaitable<void> end_and_serve(std::string farewell, std::string reply)
    {
        co_await expect("MAIL FROM:<>", farewell);
        stream_.reset();
        co_await serve(std::move(reply));
    }
    net::awaitable<void> verify(mail::Mailbox address, Answer& answer)
    {
        answer = (co_await gateway.verifier.verify(std::move(address))).answer;
        gateway.loop.stop();
    }
    /// An empty reply closes the connection instead.
    net::awaitable<void> serve(std::string reply)
    {
        if (!stream_) {
            stream_.emplace(co_await gateway.next_hop_connection());
            stream_->expires_after(1000h);
            stream_->queue("220 inside\r\n");
            co_await expect("EHLO", "250 inside");
        }
        co_await expect("MAIL FROM:<>", "250 ok");
        co_await expect("RCPT TO:<", reply);
        if (!reply.empty())
            co_await expect("RSET", "250 ok");
        else
            stream_.reset();
    }
    net::awaitable<void> expect(std::string start, std::string reply)
    {
        const std::string line{(co_await stream_->read_line(4096)).text};
        INFO(line);
        CHECK(line.starts_with(start));
        if (reply.empty())
            co_return;
        stream_->queue(reply + "\r\n");
        co_await stream_->flush();
    }
    std::optional<net::Stream> stream_;
};
}

TEST_CASE("a callout's answer counts by its class, and a 4xx is none")
{
    const auto [reply, answer, is_kept] = GENERATE(table<std::string, Answer, bool>({
        {"250 ok", Answer::known, true},
        {"550 5.1.1 unknown", Answer::unknown, true},
        {"550 5.2.1 disabled", Answer::unknown, true},
        {"550 no", Answer::unknown, true},
        {"551 not local", Answer::unknown, true},
        {"553 5.1.3 bad", Answer::unknown, true},
        {"552 5.2.2 mailbox full", Answer::refused, true},
        {"550 5.7.1 relay access denied", Answer::refused, true},
        {"552 full", Answer::refused, true},
        {"554 transaction failed", Answer::refused, true},
        {"451 4.3.0 later", Answer::unavailable, false},
        {"", Answer::unavailable, false},
    }));
    INFO(reply);
    Asked asked;
    CHECK(asked.ask(reply) == answer);
    CHECK(asked.known().has_value() == is_kept);
}

TEST_CASE("a kept connection that the server ends is replaced, and the answer asked there")
{
    const auto* const farewell = GENERATE("421 4.4.2 timeout", "");
    INFO(farewell);
    Asked asked;
    REQUIRE(asked.ask("250 ok") == Answer::known);
    CHECK(asked.ask_after_end(farewell, "550 5.1.1 unknown") == Answer::unknown);
}

TEST_CASE("a new connection that ends with 421 is no answer")
{
    Asked asked;
    CHECK(asked.ask("421 4.3.2 closing") == Answer::unavailable);
}

TEST_CASE("known is fresh for an hour, unknown for a quarter")
{
    const auto [reply, fresh] = GENERATE(
        table<std::string, std::chrono::minutes>({{"250 ok", 60min}, {"550 no", 15min}}));
    Asked asked;
    const Answer first = asked.ask(reply);
    asked.gateway.env.advance(fresh);
    CHECK(asked.known() == first);
    asked.gateway.env.advance(1s);
    CHECK_FALSE(asked.known());
}

TEST_CASE("a refusal is remembered for a minute, with the code it gave")
{
    const auto [reply, enhanced] = GENERATE(table<std::string, std::string>({
        {"552 5.2.2 mailbox full", "2.2"},
        {"550 5.7.1 relay access denied", "7.1"},
        {"552 full", "2.2"},
        {"554 no", "0.0"},
    }));
    INFO(reply);
    Asked asked;
    CHECK(asked.ask(reply) == Answer::refused);
    asked.gateway.env.advance(60s);
    REQUIRE(asked.known() == Answer::refused);
    CHECK(asked.gateway.verifier.known(bob)->enhanced == enhanced);
    asked.gateway.env.advance(1s);
    CHECK_FALSE(asked.known());
}

TEST_CASE("while the server is unavailable, known stays usable for a day and unknown does not")
{
    const auto [reply, age, answer] = GENERATE(table<std::string, std::chrono::hours, Answer>({
        {"250 ok", 23h, Answer::known},
        {"250 ok", 25h, Answer::unavailable},
        {"550 no", 2h, Answer::unavailable},
    }));
    INFO(reply << " after " << age.count());
    Asked asked;
    asked.ask(reply);
    asked.gateway.env.advance(age);
    CHECK(asked.ask("451 4.3.0 not now") == answer);
}

TEST_CASE("what a source answered is not taken for the answer of another after a reload")
{
    Asked asked;
    REQUIRE(asked.ask("550 5.1.1 unknown") == Answer::unknown);
    auto& context = asked.gateway.context;
    const auto before = context.snapshot();
    auto after = std::make_shared<smtp::Snapshot>(*before);
    auto& domain = after->settings.domains.begin()->second;
    SECTION("another server")
    {
        auto route = std::make_shared<smtp::Route>(*domain.route);
        ++route->next_hops.front().port;
        domain.route = route;
    }
    SECTION("a directory")
    {
        domain.recipients.kind = smtp::RecipientSource::Kind::ldap;
        domain.recipients.ldap = std::make_shared<smtp::LdapRecipients>();
    }
    context.replace(after);
    CHECK_FALSE(asked.known());
    context.replace(before);
    CHECK(asked.known() == Answer::unknown);
}

TEST_CASE("an address of a domain that is not ours is not checked")
{
    Asked asked;
    CHECK(asked.known(mail::Mailbox::parse("bob@far.example").value()) == Answer::unchecked);
}
