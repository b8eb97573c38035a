// SPDX-License-Identifier: Apache-2.0
#include "filters/build.hpp"
#include "filters/policy_document.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/worker_pool.hpp"
#include "tests/support/zone_server.hpp"

#include <benchmark/benchmark.h>

// What the layers cost that ask the DNS, when its cache knows all the answers: as for most mail.
namespace {
using namespace filters;
using net::RecordType;

struct Warm {
    support::ZoneServer zone;
    net::WorkerPool pool{1};
    net::Resolver resolver{pool, {.servers = {zone.endpoint()}}};
    Services services;
    std::shared_ptr<const Chain> chain;

    explicit Warm(const std::string& layer)
    {
        zone.add("7.2.0.192.in-addr.arpa", RecordType::ptr, "mx.a.example")
            .add("mx.a.example", RecordType::a, "192.0.2.7")
            .add("out.a.example", RecordType::a, "192.0.2.7")
            .add("a.example", RecordType::txt, "v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 -all");
        services.env = &net::Env::real();
        services.resolver = &resolver;
        services.pool = &pool;
        Complaints complaints;
        const auto tree = Yaml::parse("layers: { dnsbl: { lists: [{ zone: b1.example }, "
                                      "{ zone: b2.example }, { zone: b3.example }] } }",
                                      "bench");
        const auto policy = parse_policy("layers: [" + layer + "]\nrules: []\n", "bench");
        chain = build_chain(*policy, layer_settings(*tree, complaints), services).value();
    }
    static mail::Mail mail()
    {
        mail::Mail mail;
        mail.client.ip = mail::Ip::parse("192.0.2.7").value();
        mail.client.helo = "out.a.example";
        mail.sender = mail::Mailbox::parse("ann@a.example").value();
        return mail;
    }
};

net::awaitable<void> inspect(Warm& warm, benchmark::State& state)
{
    auto first = Warm::mail();
    co_await warm.chain->inspect_sender(first);
    for (auto _ : state) {
        auto mail = Warm::mail();
        co_await warm.chain->inspect_sender(mail);
        if (mail.findings.size() != first.findings.size())
            state.SkipWithError("the cache is not warm");
    }
}

void warm_layer(benchmark::State& state, const std::string& layer)
{
    Warm warm{layer};
    net::Loop loop{net::Env::real()};
    loop.spawn("bench", inspect(warm, state));
    loop.run();
}
BENCHMARK_CAPTURE(warm_layer, none, "");
BENCHMARK_CAPTURE(warm_layer, reverse, "reverse");
BENCHMARK_CAPTURE(warm_layer, helo, "helo");
BENCHMARK_CAPTURE(warm_layer, dnsbl_three_lists, "dnsbl");
BENCHMARK_CAPTURE(warm_layer, spf, "spf");
BENCHMARK_CAPTURE(warm_layer, all_of_them, "reverse, helo, dnsbl, spf");
}
