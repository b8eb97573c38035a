// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/spf.hpp"
#include "tests/support/memory_dns.hpp"
#include "tests/vectors/vectors.hpp"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <memory>

namespace vectors {
namespace {
using net::RecordType;
using support::MemoryDns;

struct Vector {
    std::string ip, helo, sender, explanation = {};
    bool has_explanation = false;
    std::vector<std::string> results = {}; ///< each is right; the first is preferred
};

/// A scalar, or several strings of one TXT record.
std::string joined(const YAML::Node& node)
{
    if (!node.IsSequence())
        return node.as<std::string>();
    std::string text;
    for (const auto& part : node)
        text += part.as<std::string>();
    return text;
}

void add_record(MemoryDns& dns, const std::string& name, const std::string& type,
                const YAML::Node& value)
{
    if (type == "A")
        dns.add(name, RecordType::a, value.as<std::string>());
    else if (type == "AAAA")
        dns.add(name, RecordType::aaaa, value.as<std::string>());
    else if (type == "MX")
        dns.add(name, RecordType::mx,
                value[0].as<std::string>() + " " + value[1].as<std::string>());
    else if (type == "PTR")
        dns.add(name, RecordType::ptr, value.as<std::string>());
    else if (type == "CNAME")
        dns.add(name, RecordType::cname, value.as<std::string>());
    else if (type == "TXT" || type == "SPF")
        dns.add(name, RecordType::txt, joined(value));
    else
        FAIL("a record of type " << type << " in the vectors");
}

/// SPF records stand for TXT records, too, unless the name has TXT records of its own, if only
/// "NONE".
void add_name(MemoryDns& dns, const std::string& name, const YAML::Node& records)
{
    bool has_own_txt = false;
    for (const auto& record : records)
        has_own_txt |= record.IsMap() && record["TXT"].IsDefined();
    dns.add_name(name);
    for (const auto& record : records) {
        if (!record.IsMap()) {
            dns.fail(name, "timed out");
            continue;
        }
        const auto type = record.begin()->first.as<std::string>();
        const YAML::Node value = record.begin()->second;
        const bool is_none = value.IsScalar() && value.as<std::string>() == "NONE";
        if (!is_none && !(type == "SPF" && has_own_txt))
            add_record(dns, name, type, value);
    }
}

Vector read(const YAML::Node& test)
{
    Vector vector{.ip = test["host"].as<std::string>(),
                  .helo = test["helo"].as<std::string>(),
                  .sender = test["mailfrom"].as<std::string>(),
                  .has_explanation = test["explanation"].IsDefined()};
    if (vector.has_explanation && test["explanation"].as<std::string>() != "DEFAULT")
        vector.explanation = test["explanation"].as<std::string>();
    const auto result = test["result"];
    if (result.IsSequence())
        vector.results = result.as<std::vector<std::string>>();
    else
        vector.results = {result.as<std::string>()};
    return vector;
}

void check(const Vector& vector, const YAML::Node& zone)
{
    MemoryDns dns;
    for (const auto& entry : zone)
        add_name(dns, entry.first.as<std::string>(), entry.second);
    auto question
        = filters::auth::spf_question(*mail::Ip::parse(vector.ip), vector.helo, vector.sender);
    question.wants_explanation = true;
    const auto answer = support::complete(filters::auth::check_spf(question, dns));
    INFO("mechanism: " << answer.mechanism << ", problem: " << answer.problem);
    CHECK_THAT(vector.results,
               Catch::VectorContains(std::string{filters::auth::to_string(answer.result)}));
    if (vector.has_explanation)
        CHECK(answer.explanation == vector.explanation);
}
}

void add_spf_cases()
{
    for (const auto& scenario : YAML::LoadAllFromFile(folder() / "rfc7208-tests.yml")) {
        const auto title = scenario["description"].as<std::string>();
        const auto zone = scenario["zonedata"];
        for (const auto& test : scenario["tests"])
            add_case("spf: " + title + ": " + test.first.as<std::string>(), "spf",
                     [vector = read(test.second), zone] { check(vector, zone); });
    }
}
}
