// SPDX-License-Identifier: Apache-2.0
#include "gateway/own_settings.hpp"

#include "filters/known_dns_lists.hpp"
#include "gateway/config.hpp"
#include "gateway/snapshot.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a block list that is chosen in the pages knows what its answers weigh")
{
    app::OwnSettings settings;
    for (const auto& list : filters::known_dns_lists())
        settings.block_lists.emplace_back(list.zone);
    const auto yaml = settings.yaml();
    INFO(yaml);
    CHECK(yaml.contains(R"({ zone: "zen.spamhaus.org", weight: 1.5, codes: ["127.0.0.2")"));
    CHECK(yaml.contains(R"({ zone: "bl.spamcop.net", weight: 0.75, codes: ["127.0.0.2"] })"));
    const auto tree = filters::Yaml::parse(yaml, "settings");
    REQUIRE(tree);
    const auto configuration = app::parse_configuration(*tree);
    REQUIRE(configuration);
    filters::Services services;
    filters::Complaints warnings;
    const auto built = app::build_snapshot(*configuration, services, warnings);
    CHECK(built.has_value());
}

TEST_CASE("a list that nobody knows counts with every answer, as its owner said")
{
    app::OwnSettings settings;
    settings.block_lists = {"bl.example"};
    CHECK(settings.yaml().contains(R"({ zone: "bl.example", weight: 1.0 })"));
}
