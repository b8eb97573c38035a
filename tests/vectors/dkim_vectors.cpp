// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dkim.hpp"
#include "tests/support/memory_dns.hpp"
#include "tests/vectors/vectors.hpp"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <iterator>

namespace vectors {
namespace {
std::string text_of(const std::string& file)
{
    std::ifstream in{folder() / file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// The message as the RFC prints it.
void check(const std::string& file, const YAML::Node& example)
{
    support::MemoryDns dns;
    for (const auto& name : example["zone"])
        for (const auto& record : name.second)
            dns.add(name.first.as<std::string>(), net::RecordType::txt,
                    record["TXT"].as<std::string>());
    const auto message = mail::Message::from_text(text_of(file));
    const auto results = support::complete(
        filters::auth::verify_dkim(message, dns, nullptr, std::chrono::system_clock::now()));
    const auto expected = example["expect"];
    REQUIRE(results.size() == expected.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        INFO(results[i].reason);
        CHECK(filters::auth::to_string(results[i].outcome)
              == expected[i]["result"].as<std::string>());
        CHECK(results[i].domain == expected[i]["domain"].as<std::string>());
        CHECK(results[i].selector == expected[i]["selector"].as<std::string>());
        CHECK(results[i].algorithm == expected[i]["algorithm"].as<std::string>());
    }
}
}

void add_dkim_cases()
{
    for (const auto& example : YAML::LoadFile(folder() / "rfc-dkim-examples.json")) {
        const auto file = example.first.as<std::string>();
        add_case("dkim: " + file, "dkim", [file, node = example.second] { check(file, node); });
    }
}
}
