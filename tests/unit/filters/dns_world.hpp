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
    using Stage = Inspection (Layer::*)(const mail::Mail&) const;
    Findings sender() { return now(&Layer::inspect_sender); }
    Findings message() { return now(&Layer::inspect_message); }
    bool has_waited = false; ///< the last inspection could not answer at once

private:
    Findings now(Stage stage)
    {
        Findings found;
        bool is_done = false;
        support::run(loop, keep(stage, found, is_done),
                     support::pass_time(env, 2, [&] { return is_done; }));
        return found;
    }
    awaitable<void> keep(Stage stage, Findings& into, bool& is_done)
    {
        Inspection inspection = ((*layer).*stage)(mail);
        has_waited = std::holds_alternative<awaitable<Findings>>(inspection);
        if (has_waited)
            into = co_await std::get<awaitable<Findings>>(std::move(inspection));
        else
            into = std::get<Findings>(std::move(inspection));
        is_done = true;
    }
};
}
