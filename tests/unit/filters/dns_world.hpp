// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "tests/support/loop.hpp"
#include "tests/support/pass_time.hpp"
#include "tests/support/zone_server.hpp"
#include "tests/unit/filters/fixture.hpp"

namespace filters::test {
using net::RecordType;
using support::Behaviour;

/// A world with a DNS: layers ask a real resolver, which asks the test's zone.
struct DnsWorld : World {
    support::ZoneServer zone;
    net::WorkerPool pool{1};
    net::Resolver resolver{pool,
                           {.servers = {zone.endpoint()}, .timeout = std::chrono::seconds{1}}};
    net::Loop loop{env};

    explicit DnsWorld(std::string_view name = {}, std::string_view settings = {})
    {
        services.resolver = &resolver;
        if (!name.empty())
            make(name, settings);
    }
    Findings now(Inspection inspection)
    {
        if (auto* findings = std::get_if<Findings>(&inspection))
            return std::move(*findings);
        Findings found;
        bool is_done = false;
        support::run(loop,
                     keep(std::get<awaitable<Findings>>(std::move(inspection)), found, is_done),
                     support::pass_time(env, 2, [&] { return is_done; }));
        return found;
    }
    Findings sender() { return now(layer->inspect_sender(mail)); }
    Findings message() { return now(layer->inspect_message(mail)); }

private:
    static awaitable<void> keep(awaitable<Findings> work, Findings& into, bool& is_done)
    {
        into = co_await std::move(work);
        is_done = true;
    }
};
}
