// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "tests/support/memory_dns.hpp"
#include "tests/support/zone_server.hpp"
#include "tests/unit/filters/fixture.hpp"

namespace filters::test {
/// What an inspection gives, waited for.
inline Findings waited_for(Inspection inspection)
{
    if (auto* findings = std::get_if<Findings>(&inspection))
        return std::move(*findings);
    return support::complete(std::get<awaitable<Findings>>(std::move(inspection)));
}

/// One layer with a name server of its own.
struct ResolvedWorld : World {
    support::ZoneServer zone;
    net::WorkerPool pool{1};
    net::Resolver resolver{pool, {.servers = {zone.endpoint()}}};

    explicit ResolvedWorld(std::string_view name, std::string_view settings = {})
    {
        services.resolver = &resolver;
        services.pool = &pool;
        make(name, settings);
    }
    /// What the layer finds in the message.
    Findings message() { return waited_for(layer->inspect_message(mail)); }
};
}
