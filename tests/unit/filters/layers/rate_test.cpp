// SPDX-License-Identifier: Apache-2.0
#include "filters/counted_mails.hpp"
#include "filters/rate_state.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;

TEST_CASE("rate: over the limit is a fact, over double ends at the door")
{
    World world{"rate", "sessions: 10 per 1 min\nmode: enforce"};
    for (int i = 0; i < 10; ++i)
        CHECK_FALSE(world.layer->admit(world.mail.client));
    CHECK(world.sender().empty());
    CHECK_FALSE(world.layer->admit(world.mail.client));
    const auto found = world.sender();
    REQUIRE(names(found) == Names{"rate.exceeded"});
    CHECK(found[0].detail == "sessions");
    CHECK(found[0].evidence == "11 in 1 min, allowed 10; from 192.0.2.1");
    for (int i = 0; i < 9; ++i)
        CHECK_FALSE(world.layer->admit(world.mail.client));
    const auto refused = world.layer->admit(world.mail.client);
    REQUIRE(refused);
    CHECK(refused->code == 421);
    auto other = world.mail.client;
    other.ip = ip("192.0.2.2");
    CHECK_FALSE(world.layer->admit(other));
    world.env.advance(3min);
    CHECK_FALSE(world.layer->admit(world.mail.client));
    CHECK(world.sender().empty());
}

TEST_CASE("rate: a refusal for good only by choice")
{
    World world{"rate", "sessions: 1 per 1 min\nmode: enforce\nover_double: refuse"};
    world.layer->admit(world.mail.client);
    world.layer->admit(world.mail.client);
    CHECK(world.layer->admit(world.mail.client)->code == 554);
}

TEST_CASE("rate: messages count by source, sender and recipient once they are whole")
{
    World world{"rate",
                "messages: 2 per 1 h\nsender: 3 per 1 h\nrecipient: 1 per 1 h\nmode: enforce"};
    world.mail.recipients.push_back(world.recipient());
    CHECK(world.at_rcpt().empty());
    world.message();
    CHECK(world.at_rcpt().empty());
    CHECK(world.sender().empty());
    world.message();
    CHECK(names(world.at_rcpt()) == Names{"rate.exceeded"});
    CHECK(world.at_rcpt("carol@b.example").empty());
    world.message();
    REQUIRE(names(world.sender()) == Names{"rate.exceeded"});
    CHECK(world.sender()[0].detail == "messages");
    world.message();
    CHECK(world.sender().size() == 2);
    world.mail.client.ip = ip("198.51.100.1");
    REQUIRE(world.sender().size() == 1);
    CHECK(world.sender()[0].detail == "sender");
    world.mail.sender.reset();
    CHECK(world.sender().empty());
}

TEST_CASE("rate: an IPv6 source is a /64")
{
    World world{"rate", "sessions: 1 per 1 min\nmode: enforce"};
    world.mail.client.ip = ip("2001:db8::1");
    world.layer->admit(world.mail.client);
    world.mail.client.ip = ip("2001:db8::2");
    world.layer->admit(world.mail.client);
    CHECK(names(world.sender()) == Names{"rate.exceeded"});
    world.mail.client.ip = ip("2001:db8:0:1::2");
    CHECK(world.sender().empty());
}

TEST_CASE("rate: inside, forwarders and exempt networks are never counted")
{
    World world{"rate", "sessions: 1 per 1 min\nmode: enforce\nexempt: [192.0.2.0/24]"};
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(world.layer->admit(world.mail.client));
    CHECK(world.sender().empty());
    world.mail.client.ip = ip("198.51.100.1");
    world.mail.client.is_trusted_forwarder = true;
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(world.layer->admit(world.mail.client));
    CHECK(world.sender().empty());
}

TEST_CASE("rate: in the first week it only observes")
{
    World world;
    world.services.installed_at = world.env.wall_now();
    world.make("rate", "sessions: 1 per 1 min");
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(world.layer->admit(world.mail.client));
    const auto found = world.sender();
    CHECK(names(found) == Names{"rate.would_exceed"});
    CHECK(all_declared(found, "rate"));
    world.env.advance(std::chrono::hours{8 * 24});
    for (int i = 0; i < 2; ++i)
        CHECK_FALSE(world.layer->admit(world.mail.client));
    CHECK(names(world.sender()) == Names{"rate.exceeded"});
}

TEST_CASE("rate: the proposal is generous and waits for enough to judge by")
{
    World world{"rate", "mode: observe"};
    const auto state = RateState::of(world.services);
    CHECK(state->proposal().empty());
    for (int i = 0; i < 5000; ++i)
        state->note_sessions(i % 100 == 0 ? 90 : 3, std::chrono::minutes{30});
    CHECK(state->proposed_limit() >= 4 * 90);
    CHECK(state->proposed_limit() <= 8 * 90);
    CHECK(state->proposal().find("rate: { sessions: " + real_text(state->proposed_limit())
                                 + " per 30 min }")
          != std::string::npos);
}

TEST_CASE("rate: a configuration that is refused changes no counts")
{
    World world{"rate", "mode: enforce\nsessions: 1 per 10 min"};
    for (int i = 0; i < 2; ++i)
        CHECK_FALSE(world.layer->admit(world.mail.client));
    const auto& type = type_named("rate");
    type.make(world.read(type, "mode: enforce\nsessions: 1 per 20 min"), world.services);
    CHECK(world.layer->admit(world.mail.client));
    world.make("rate", "mode: enforce\nsessions: 1 per 10 min");
    CHECK(world.layer->admit(world.mail.client));
}

TEST_CASE("rate: zero switches a limit off, an absurd window is complained of")
{
    World world{"rate", "sessions: 0 per 1 min\nmode: enforce"};
    for (int i = 0; i < 100; ++i)
        CHECK_FALSE(world.layer->admit(world.mail.client));
    CHECK(world.sender().empty());
    World absurd{"rate", "sessions: 5 per 30 days"};
    CHECK(absurd.said().find("from 1 s to 7 days") != std::string::npos);
}

TEST_CASE("rate: what leaves for one destination is limited, whoever sends it")
{
    World world{"rate", "destination: 4 per 1 h\ndestination_burst: 2 per 1 min\nmode: enforce"};
    world.services.is_own_domain = [](const mail::Domain& d) { return d.ascii() == "b.example"; };
    world.mail.direction = mail::Direction::outbound;
    world.mail.client.is_inside = true;
    world.mail.recipients = {world.recipient("ann@far.example"),
                             world.recipient("bob@near.example"), world.recipient("own@b.example")};
    const auto to_far = [&] { return world.at_rcpt("eve@far.example"); };
    const auto send = [&] {
        world.message();
        CountedMails::here().settle(world.mail, true);
    };
    send();
    CHECK(to_far().empty());
    send();
    const auto found = to_far();
    REQUIRE(names(found) == Names{"rate.destination"});
    CHECK(found[0].detail == "far.example");
    CHECK(found[0].evidence == "3 in 1 min, allowed 2; to far.example");
    CHECK(world.at_rcpt("eve@b.example").empty());
    CHECK(world.at_rcpt("eve@other.example").empty());
    world.env.advance(3min);
    CHECK(to_far().empty());
    send();
    world.env.advance(3min);
    send();
    world.env.advance(3min);
    REQUIRE(names(to_far()) == Names{"rate.destination"});
    CHECK(to_far()[0].evidence == "5 in 1 h, allowed 4; to far.example");
    world.mail.direction = mail::Direction::inbound;
    CHECK(to_far().empty());
}

TEST_CASE("rate: a mail that we asked to come again is counted once, its successor again")
{
    World world{"rate",
                "messages: 2 per 1 h\nsender: 2 per 1 h\nrecipient: 2 per 1 h\n"
                "destination: 2 per 1 h\nmode: enforce"};
    world.services.is_own_domain = [](const mail::Domain& d) { return d.ascii() == "b.example"; };
    world.mail.direction = mail::Direction::outbound;
    world.mail.id = mail::MailId{4711};
    world.mail.recipients = {world.recipient("ann@far.example")};
    for (int i = 0; i < 5; ++i) {
        world.message();
        CountedMails::here().settle(world.mail, false);
    }
    CHECK(world.sender().empty());
    CHECK(world.at_rcpt("ann@far.example").empty());
    for (int i = 0; i < 2; ++i) { // the try that is taken, and another one of the same form
        world.message();
        CountedMails::here().settle(world.mail, true);
    }
    CHECK(world.sender().empty());
    world.message();
    CountedMails::here().settle(world.mail, true);
    CHECK(world.sender().size() == 2);
    CHECK(names(world.at_rcpt("ann@far.example")) == Names{"rate.exceeded", "rate.destination"});
}

TEST_CASE("rate: what is refused or held counts for no destination")
{
    World world{"rate", "destination: 2 per 1 h\nmode: enforce"};
    world.services.is_own_domain = [](const mail::Domain& d) { return d.ascii() == "b.example"; };
    world.mail.direction = mail::Direction::outbound;
    world.mail.id = mail::MailId{4712};
    world.mail.client.is_inside = true;
    const auto send = [&](mail::Action action, bool is_taken) {
        world.mail.recipients = {world.recipient("ann@far.example")};
        world.message();
        world.mail.recipients.front().verdict.action = action;
        CountedMails::here().settle(world.mail, is_taken);
    };
    for (int i = 0; i < 5; ++i) {
        send(mail::Action::deliver, false);
        send(mail::Action::quarantine, true);
        send(mail::Action::discard, true);
    }
    CHECK(world.at_rcpt("eve@far.example").empty());
    send(mail::Action::tag, true);
    CHECK(world.at_rcpt("eve@far.example").empty());
    send(mail::Action::deliver, true);
    CHECK(names(world.at_rcpt("eve@far.example")) == Names{"rate.destination"});
}
