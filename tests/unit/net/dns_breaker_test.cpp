// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/net/names.hpp"

using namespace std::chrono_literals;
using namespace net::test;
using net::DnsAnswerPtr;
using net::RecordType;

TEST_CASE("a slow zone is given up after the time-out while the server lives")
{
    Names names{{.timeout = 1500ms}};
    names.zone.add("good.test", RecordType::a, "127.0.0.1").behave("slow.test", Behaviour::timeout);
    DnsAnswerPtr answer;
    const auto start = names.env.now();
    support::run(names.loop, ask(names.resolver, "slow.test", RecordType::a, answer),
                 pass_time(names.env, answer));
    CHECK(answer->problem == "timed out");
    CHECK(names.env.now() - start >= 1500ms);
    CHECK(names.env.now() - start < 1800ms);
    CHECK(names.zone.probes() > 0);
    CHECK_FALSE(names.resolver.status().is_breaker_open);
    CHECK(names.get("good.test")->is_found());
    CHECK(names.resolver.status().timed_out == 1);
}

TEST_CASE("a silent server costs less than 500 ms once, then nothing, until it speaks")
{
    Names names;
    names.zone.add("a.test", RecordType::a, "127.0.0.1");
    names.zone.be_silent(true);
    DnsAnswerPtr first, second;
    const auto start = names.env.now();
    support::run(names.loop, ask(names.resolver, "a.test", RecordType::a, first),
                 ask(names.resolver, "b.test", RecordType::a, second), pass_time(names.env, first));
    CHECK(first->problem == "no name server answers");
    CHECK(second->has_failed());
    CHECK(names.env.now() - start >= 400ms);
    CHECK(names.env.now() - start <= 570ms);
    CHECK(names.resolver.status().is_breaker_open);
    CHECK(names.resolver.status().breaker_opened == 1);
    unsigned left = 1;
    CHECK(names.get("c.test", RecordType::a, &left)->has_failed());
    CHECK(left == 1);
    CHECK(names.zone.asked_for("c.test") == 0);

    names.zone.be_silent(false);
    support::run(names.loop, support::pass_time(names.env, 10, [&] {
                     return !names.resolver.status().is_breaker_open;
                 }));
    CHECK(names.get("a.test")->is_found());
}

TEST_CASE("a server that cannot be reached fails at once and comes back")
{
    Names names;
    names.zone.add("a.test", RecordType::a, "127.0.0.1");
    names.zone.stop();
    CHECK(names.get("a.test")->has_failed());
    CHECK(names.resolver.status().is_breaker_open);
    names.zone.start();
    support::run(names.loop, support::pass_time(names.env, 10, [&] {
                     return !names.resolver.status().is_breaker_open;
                 }));
    CHECK(names.get("a.test")->is_found());
    CHECK_FALSE(names.resolver.status().is_breaker_open);
}

TEST_CASE("with several servers the one that speaks is asked")
{
    support::ZoneServer good;
    good.add("a.test", RecordType::a, "127.0.0.1").add("b.test", RecordType::a, "127.0.0.1");
    Names names;
    names.resolver.configure({.servers = {names.zone.endpoint(), good.endpoint()}});
    names.zone.behave("a.test", Behaviour::servfail);
    CHECK(names.get("a.test")->is_found());

    names.zone.be_silent(true);
    DnsAnswerPtr answer;
    const auto start = names.env.now();
    support::run(names.loop, ask(names.resolver, "b.test", RecordType::a, answer),
                 pass_time(names.env, answer));
    CHECK(answer->is_found());
    CHECK(names.env.now() - start <= 500ms);
    CHECK(names.resolver.status().breaker_opened == 0);
    const auto before = names.zone.asked().size();
    CHECK(names.get("c.test")->status == Status::no_name);
    CHECK(names.zone.asked().size() == before);
}

TEST_CASE("one zone cannot take all questions")
{
    Names names{{.timeout = 500ms, .under_way = 100, .under_way_zone = 3}};
    names.zone.behave("*.slow.test", Behaviour::timeout)
        .add("good.example", RecordType::a, "127.0.0.1");
    std::array<DnsAnswerPtr, 5> answers;
    support::run(names.loop, ask(names.resolver, "1.slow.test", RecordType::a, answers[0]),
                 ask(names.resolver, "2.slow.test", RecordType::a, answers[1]),
                 ask(names.resolver, "3.slow.test", RecordType::a, answers[2]),
                 ask(names.resolver, "4.slow.test", RecordType::a, answers[3]),
                 ask(names.resolver, "good.example", RecordType::a, answers[4]),
                 pass_time(names.env, answers[0]));
    CHECK(answers[3]->problem == "too many questions under way");
    CHECK(answers[4]->is_found());
    CHECK(names.resolver.status().refused_by_limit == 1);
    CHECK(names.resolver.status().under_way == 0);
}

TEST_CASE("a waiter that is cancelled leaves the others alone")
{
    Names names{{.timeout = 1500ms}};
    names.zone.add("a.test", RecordType::a, "127.0.0.1").behave("slow.test", Behaviour::timeout);
    DnsAnswerPtr cut, whole;
    const auto limited = [](Names& of, DnsAnswerPtr& into) -> net::awaitable<void> {
        try {
            co_await net::with_deadline(ask(of.resolver, "slow.test", RecordType::a, into), 500ms);
        } catch (const net::TimedOut&) {
            into = std::make_shared<const net::DnsAnswer>(net::DnsAnswer{.problem = "cut"});
        }
    };
    support::run(names.loop, limited(names, cut),
                 ask(names.resolver, "slow.test", RecordType::a, whole),
                 pass_time(names.env, whole));
    CHECK(cut->problem == "cut");
    CHECK(whole->problem == "timed out");
}
