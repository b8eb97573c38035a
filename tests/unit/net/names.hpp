// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/resolver.hpp"
#include "gateway/net/worker_pool.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/pass_time.hpp"
#include "tests/support/zone_server.hpp"

#include <catch2/catch.hpp>

namespace net::test {
using support::Behaviour;
using Status = DnsAnswer::Status;

inline awaitable<void> ask(Resolver& resolver, std::string name, RecordType type,
                           DnsAnswerPtr& into, unsigned* left = nullptr)
{
    into = co_await resolver.query(std::move(name), type, left);
}

/// A resolver that asks one zone server, on a loop whose clock the test owns.
struct Names {
    support::ZoneServer zone;
    TestEnv env;
    WorkerPool pool{1};
    Resolver resolver;
    Loop loop{env};

    explicit Names(DnsSettings settings = {})
        : resolver{pool, [&] {
                       settings.servers = {zone.endpoint()};
                       return settings;
                   }()}
    { }
    DnsAnswerPtr get(const std::string& name, RecordType type = RecordType::a,
                     unsigned* left = nullptr)
    {
        DnsAnswerPtr answer;
        support::run(loop, ask(resolver, name, type, answer, left));
        return answer;
    }
};

/// Time passes until there is an answer.
inline awaitable<void> pass_time(TestEnv& env, const DnsAnswerPtr& answer)
{
    return support::pass_time(env, 2, [&answer] { return answer != nullptr; });
}
}
