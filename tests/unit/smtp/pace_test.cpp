// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/pace.hpp"

#include <catch2/catch.hpp>

using smtp::Outcome;
using smtp::Pace;
using namespace std::chrono_literals;

namespace {
/// A destination whose transactions come one after the other.
struct Sender {
    std::shared_ptr<Pace> pace = std::make_shared<Pace>();
    Pace::Steady now{};
    bool send(Pace::Signal signal)
    {
        auto slot = Pace::enter(pace, now);
        if (slot)
            slot->report(signal, now);
        return slot.has_value();
    }
};
}

TEST_CASE("a destination takes as many at once as its window is wide")
{
    auto pace = std::make_shared<Pace>();
    std::vector<Pace::Slot> slots;
    while (auto slot = Pace::enter(pace, {}))
        slots.push_back(std::move(*slot));
    CHECK(slots.size() == Pace::first_window);
    CHECK_FALSE(pace->has_room({}));
    slots.pop_back();
    CHECK(pace->has_room({}));
}

TEST_CASE("what goes well widens the window to its limit, slowly")
{
    Sender sender;
    for (int i = 0; i < 5; ++i)
        CHECK(sender.send(Pace::Signal::well));
    CHECK(sender.pace->window() == 6);
    for (int i = 0; i < 1000; ++i)
        CHECK(sender.send(Pace::Signal::well));
    CHECK(sender.pace->window() == Pace::widest_window);
}

TEST_CASE("who says that it is too much gets half, then one, then pauses that grow to a minute")
{
    Sender sender;
    for (const unsigned window : {2U, 1U, 1U}) {
        CHECK(sender.send(Pace::Signal::too_much));
        CHECK(sender.pace->window() == window);
    }
    CHECK_FALSE(sender.send(Pace::Signal::well));
    sender.now += 1s;
    CHECK(sender.send(Pace::Signal::too_much));
    sender.now += 1s;
    CHECK_FALSE(sender.send(Pace::Signal::well));
    for (int i = 0; i < 20; ++i) {
        sender.now += 60s;
        CHECK(sender.send(Pace::Signal::too_much));
    }
    sender.now += 60s;
    CHECK(sender.send(Pace::Signal::well));
    CHECK(sender.send(Pace::Signal::well));
}

TEST_CASE("only replies about the sender or its amount slow a destination down")
{
    struct Case {
        Outcome::Stage stage;
        int code;
        std::string enhanced;
        Pace::Signal signal;
    };
    using Stage = Outcome::Stage;
    using Signal = Pace::Signal;
    const auto [stage, code, enhanced, signal] = GENERATE(values<Case>({
        {Stage::connect, 451, "4.4.1", Signal::too_much},
        {Stage::mail, 421, "4.7.0", Signal::too_much},
        {Stage::mail, 450, "", Signal::too_much},
        {Stage::rcpt, 450, "4.2.1", Signal::too_much},
        {Stage::rcpt, 451, "4.7.1", Signal::too_much},
        {Stage::rcpt, 452, "4.2.2", Signal::neither},
        {Stage::rcpt, 550, "5.1.1", Signal::neither},
        {Stage::dot, 451, "", Signal::too_much},
        {Stage::dot, 554, "5.7.1", Signal::neither},
    }));
    Outcome outcome;
    outcome.stage = stage;
    outcome.reply = {code, enhanced, "text"};
    CHECK(smtp::signal_of(outcome) == signal);
    outcome.is_delivered = true;
    CHECK(smtp::signal_of(outcome) == Signal::well);
}

TEST_CASE("destinations at rest are forgotten where there are many, slowed ones are not")
{
    const std::weak_ptr<Pace> slow = Pace::of("slow.test");
    const std::weak_ptr<Pace> resting = Pace::of("resting.test");
    for (int i = 0; i < 2; ++i)
        Pace::enter(slow.lock(), {})->report(Pace::Signal::too_much, {});
    for (int i = 0; i < 5000; ++i)
        Pace::of("d" + std::to_string(i) + ".test");
    CHECK(resting.expired());
    CHECK_FALSE(slow.expired());
}

TEST_CASE("of many slowed destinations those that answered longest ago are forgotten")
{
    const std::weak_ptr<Pace> first = Pace::of("first.test"), last = Pace::of("last.test");
    const auto slow = [](const std::weak_ptr<Pace>& pace, std::chrono::seconds time) {
        Pace::enter(pace.lock(), Pace::Steady{time})
            ->report(Pace::Signal::too_much, Pace::Steady{time});
    };
    slow(first, 1s);
    slow(last, 100'000s);
    for (int i = 0; i < 5000; ++i)
        slow(Pace::of("slow" + std::to_string(i) + ".test"), 2s + std::chrono::seconds{i});
    CHECK(first.expired());
    CHECK_FALSE(last.expired());
}

TEST_CASE("who waits for a destination is told when its turn may come")
{
    auto pace = std::make_shared<Pace>();
    const auto send = [&](Pace::Signal signal, Pace::Steady& now) {
        auto slot = Pace::enter(pace, now);
        REQUIRE(slot);
        now += 1s;
        slot->report(signal, now);
    };
    Pace::Steady now{};
    for (int i = 0; i < 300; ++i)
        send(Pace::Signal::well, now);
    CHECK(pace->turn_of(0) == 0s);
    CHECK(pace->turn_of(Pace::widest_window * 60) > 55s);
    CHECK(pace->turn_of(Pace::widest_window * 60) <= 60s);
    while (pace->window() > 1)
        send(Pace::Signal::too_much, now);
    send(Pace::Signal::too_much, now);
    CHECK(pace->turn_of(60) > 55s); // two at best, and a pause between them
}
