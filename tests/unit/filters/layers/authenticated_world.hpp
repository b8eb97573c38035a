// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "tests/support/loop.hpp"
#include "tests/support/zone_server.hpp"
#include "tests/unit/filters/fixture.hpp"

namespace filters::test {
/// A world with a DNS of its own; what a layer must wait for is waited for.
struct AuthenticatedWorld : World {
    support::ZoneServer zone;
    net::WorkerPool pool{1};
    net::Resolver resolver{pool, {.servers = {zone.endpoint()}}};

    explicit AuthenticatedWorld(std::string_view name, std::string_view settings = {})
    {
        services.resolver = &resolver;
        services.pool = &pool;
        make(name, settings);
    }
    Findings message()
    {
        auto inspection = layer->inspect_message(mail);
        if (auto* findings = std::get_if<Findings>(&inspection))
            return std::move(*findings);
        Findings found;
        net::Loop loop{net::Env::system()};
        const auto wait = [](awaitable<Findings> work, Findings& into) -> awaitable<void> {
            into = co_await std::move(work);
        };
        support::run(loop, wait(std::get<awaitable<Findings>>(std::move(inspection)), found));
        return found;
    }
};
}
