// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/mail_dns.hpp"
#include "tests/unit/filters/dns_world.hpp"

using namespace filters::test;
using namespace std::chrono_literals;
using filters::auth::MailDns;

namespace {
filters::awaitable<void> ask_one(MailDns& dns, std::string name, unsigned& answered)
{
    const auto answer = co_await dns.ask(std::move(name), RecordType::a);
    answered += answer->problem == "timed out" ? 1 : 0;
}

filters::awaitable<void> ask_many(MailDns& dns, std::size_t count, bool at_once, unsigned& answered,
                                  bool& is_done)
{
    std::vector<filters::awaitable<void>> questions;
    for (std::size_t i = 0; i < count; ++i)
        questions.push_back(ask_one(dns, std::to_string(i) + ".slow.example", answered));
    if (at_once)
        co_await net::all(std::move(questions));
    else
        for (auto& question : questions)
            co_await std::move(question);
    is_done = true;
}

struct SlowWorld : DnsWorld {
    SlowWorld() { zone.behave("*.slow.example", Behaviour::timeout); }
    /// How long `count` questions that nobody answers wait in all; each alone waits a second.
    std::chrono::milliseconds wait_for(std::size_t count, bool at_once)
    {
        MailDns dns{&resolver, mail};
        bool is_done = false;
        const auto start = env.now();
        support::run(loop, ask_many(dns, count, at_once, answered, is_done),
                     support::pass_time(env, 5, [&] { return is_done; }));
        return std::chrono::duration_cast<std::chrono::milliseconds>(env.now() - start);
    }
    unsigned answered = 0;
};
}

TEST_CASE("the DNS holds up one message for twenty seconds in all, and not more")
{
    SlowWorld world;
    const auto took = world.wait_for(35, false);
    CHECK(took >= 19s);
    CHECK(took <= 25s); // without the limit 35
    CHECK(world.answered >= 15);
    CHECK(world.answered <= 20);
    CHECK(world.wait_for(3, false) < 200ms);
}

TEST_CASE("questions that wait at the same time count once")
{
    SlowWorld world;
    CHECK(world.wait_for(35, true) < 3s);
    CHECK(world.answered == 35);
    CHECK(world.mail.dns_wait.taken < 3s);
    CHECK(world.mail.dns_wait.under_way == 0);
}
