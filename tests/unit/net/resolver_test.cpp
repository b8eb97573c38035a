// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/net/names.hpp"

#include <fstream>
#include <thread>

using namespace std::chrono_literals;
using namespace net::test;
using net::DnsAnswerPtr;
using net::RecordType;

namespace {
const std::string loopback{"\x7f\0\0\1", 4};
}

TEST_CASE("questions go to the server and come back by type")
{
    Names names;
    names.zone.add("a.test", RecordType::a, "127.0.0.1")
        .add("a.test", RecordType::mx, "10 mx.a.test")
        .add("alias.test", RecordType::cname, "a.test");
    CHECK(names.get("A.Test.")->records.at(0).data == loopback);
    CHECK(names.get("a.test", RecordType::mx)->records.at(0)
          == net::DnsRecord{.data = "mx.a.test", .preference = 10});
    CHECK(names.get("alias.test")->records.at(0).data == loopback);
    CHECK(names.get("a.test", RecordType::txt)->status == Status::no_data);
    CHECK(names.get("b.test")->status == Status::no_name);
    CHECK(names.get("a..test")->status == Status::no_name);
    CHECK(names.zone.asked().size() == 5);
}

TEST_CASE("without servers every question fails at once")
{
    net::TestEnv env;
    net::WorkerPool pool{1};
    net::Resolver resolver{pool};
    net::Loop loop{env};
    DnsAnswerPtr answer;
    support::run(loop, ask(resolver, "a.test", RecordType::a, answer));
    CHECK(answer->problem == "no name server");
}

TEST_CASE("answers are kept by their time to live, within bounds")
{
    Names names;
    names.zone.add("short.test", RecordType::a, "127.0.0.1", 0)
        .add("long.test", RecordType::a, "127.0.0.1", 1'000'000)
        .add("a.test", RecordType::a, "127.0.0.1", 60)
        .behave("broken.test", Behaviour::servfail)
        .keep_negative(30);
    const auto asked_after = [&](const std::string& name, std::chrono::seconds time) {
        names.get(name);
        const auto before = names.zone.asked_for(name);
        names.env.advance(time);
        names.get(name);
        return names.zone.asked_for(name) - before;
    };
    CHECK(asked_after("short.test", 0s) == 0);
    CHECK(asked_after("short.test", 1s) == 1);
    CHECK(asked_after("a.test", 59s) == 0);
    CHECK(asked_after("a.test", 1s) == 1);
    CHECK(asked_after("none.test", 29s) == 0);
    CHECK(asked_after("none.test", 1s) == 1);
    CHECK(asked_after("broken.test", 4s) == 0);
    CHECK(asked_after("broken.test", 1s) == 1);
    CHECK(asked_after("long.test", 23h) == 0);
    CHECK(asked_after("long.test", 1h) == 1);
}

TEST_CASE("what is in the cache needs no coroutine and costs nothing")
{
    Names names;
    names.zone.add("a.test", RecordType::a, "127.0.0.1");
    unsigned left = 1;
    CHECK(names.get("a.test", RecordType::a, &left)->is_found());
    CHECK(left == 0);
    CHECK(names.get("a.test", RecordType::a, &left)->is_found());
    CHECK(names.get("b.test", RecordType::a, &left)->has_failed());
    CHECK(names.zone.asked().size() == 1);
    bool is_known = false, is_other_known = true;
    names.loop.post([&] {
        is_known = names.resolver.known("a.test", RecordType::a).has_value();
        is_other_known = names.resolver.known("b.test", RecordType::a).has_value();
    });
    names.loop.run();
    CHECK(is_known);
    CHECK_FALSE(is_other_known);
    CHECK(names.resolver.status().cached == 2);
    CHECK(names.resolver.status().cache_entries == 1);
}

TEST_CASE("those who ask the same at once share one question")
{
    Names names;
    names.zone.add("a.test", RecordType::a, "127.0.0.1");
    std::array<DnsAnswerPtr, 3> answers;
    unsigned left = 5;
    support::run(names.loop, ask(names.resolver, "a.test", RecordType::a, answers[0], &left),
                 ask(names.resolver, "A.test", RecordType::a, answers[1], &left),
                 ask(names.resolver, "a.test", RecordType::a, answers[2], &left));
    CHECK(names.zone.asked().size() == 1);
    CHECK(answers[0] == answers[2]);
    CHECK(left == 4);
    CHECK(names.resolver.status().joined == 2);
}

TEST_CASE("a truncated answer is fetched by TCP, of any length")
{
    Names names;
    names.zone.add("cut.test", RecordType::txt, "whole")
        .behave("cut.test", Behaviour::truncate)
        .behave("huge.test", Behaviour::huge_txt);
    CHECK(names.get("cut.test", RecordType::txt)->records.at(0).data == "whole");
    CHECK(names.zone.by_tcp() == 1);
    CHECK(names.get("huge.test", RecordType::txt)->records.at(0).data.size() == 64'000);
}

TEST_CASE("hostile answers are failures, not more questions")
{
    Names names{{.timeout = 300ms}};
    const std::vector<std::pair<Behaviour, const char*>> cases{
        {Behaviour::servfail, "SERVFAIL"},
        {Behaviour::refused, "REFUSED"},
        {Behaviour::pointer_loop, "malformed response"},
        {Behaviour::garbage, "malformed response"},
        {Behaviour::cname_circle, "too many or broken aliases"},
        {Behaviour::short_record, "malformed record"},
    };
    int number = 0;
    for (const auto& [behaviour, problem] : cases) {
        const auto name = "n" + std::to_string(++number) + ".test";
        names.zone.behave(name, behaviour);
        CHECK(names.get(name)->problem == problem);
        CHECK(names.zone.asked_for(name) == 1);
    }
    names.zone.behave("endless.test", Behaviour::endless_cname);
    CHECK(names.get("endless.test")->status == Status::no_data);
    for (const auto behaviour : {Behaviour::wrong_question, Behaviour::wrong_id,
                                 Behaviour::not_a_response, Behaviour::timeout}) {
        const auto name = "n" + std::to_string(++number) + ".test";
        names.zone.behave(name, behaviour);
        DnsAnswerPtr answer;
        support::run(names.loop, ask(names.resolver, name, RecordType::a, answer),
                     pass_time(names.env, answer));
        CAPTURE(static_cast<int>(behaviour));
        CHECK(answer->has_failed());
    }
    CHECK(names.resolver.status().breaker_opened == 0);
}

TEST_CASE("the source port changes with the channel even when always busy")
{
    Names names{{.under_way = 10'000, .under_way_zone = 10'000}};
    names.zone.behave("slow.test", Behaviour::timeout);
    for (int round = 0; round < 4; ++round) {
        const auto many = [](Names& of, int from) -> net::awaitable<void> {
            std::vector<DnsAnswerPtr> answers(400);
            std::vector<net::awaitable<void>> all;
            for (std::size_t i = 0; i < answers.size(); ++i)
                all.push_back(ask(of.resolver,
                                  "n" + std::to_string(from) + "-" + std::to_string(i) + ".test",
                                  RecordType::a, answers[i]));
            co_await net::all(std::move(all));
        };
        support::run(names.loop, many(names, round));
    }
    CHECK(names.zone.asked().size() >= 1600);
    CHECK(names.zone.source_ports().size() >= 4);
}

TEST_CASE("resolver and loop may end in any order with questions under way")
{
    for (const bool is_loop_first : {true, false}) {
        support::ZoneServer zone;
        zone.be_silent(true);
        net::TestEnv env;
        net::WorkerPool pool{1};
        DnsAnswerPtr answer;
        auto loop = std::make_unique<net::Loop>(env);
        auto resolver
            = std::make_unique<net::Resolver>(pool, net::DnsSettings{.servers = {zone.endpoint()}});
        loop->spawn("ask", ask(*resolver, "a.test", RecordType::a, answer));
        loop->post([&] { loop->stop(); });
        loop->run();
        if (is_loop_first)
            loop.reset();
        resolver.reset();
        if (loop)
            loop->run();
        loop.reset();
        CHECK((is_loop_first || answer->has_failed()));
    }
}

TEST_CASE("many loops share one cache")
{
    Names names;
    names.zone.add("a.test", RecordType::a, "127.0.0.1");
    CHECK(names.get("a.test")->is_found());
    std::vector<std::thread> threads;
    std::atomic<int> found{0};
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            net::Loop loop{names.env};
            for (int round = 0; round < 50; ++round) {
                DnsAnswerPtr answer, other;
                support::run(loop, ask(names.resolver, "a.test", RecordType::a, answer),
                             ask(names.resolver,
                                 "n" + std::to_string(i) + "-" + std::to_string(round) + ".test",
                                 RecordType::a, other));
                found += answer->is_found() && other->is_void() ? 1 : 0;
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(found == 200);
    CHECK(names.zone.asked_for("a.test") == 1);
}

TEST_CASE("the system's servers are read from resolv.conf")
{
    const std::string path = "/tmp/mailweir-resolv-" + std::to_string(::getpid());
    std::ofstream{path} << "# a comment\nsearch example.test\nnameserver 192.0.2.1\n"
                           "nameserver nonsense\nnameserver 2001:db8::1\noptions edns0\n";
    const auto servers = net::system_dns_servers(path);
    std::remove(path.c_str());
    REQUIRE(servers.size() == 2);
    CHECK(servers[0].to_string() == "192.0.2.1:53");
    CHECK(servers[1].to_string() == "[2001:db8::1]:53");
    CHECK(net::system_dns_servers("/nonexistent").at(0).to_string() == "127.0.0.1:53");
}
