// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/arc_seal.hpp"
#include "filters/auth/tag_list.hpp"
#include "gateway/mail/ascii.hpp"
#include "tests/support/memory_dns.hpp"
#include "tests/vectors/vectors.hpp"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <map>

namespace vectors {
namespace {
using filters::auth::ArcOutcome;

/// The messages stand with LF in the vectors.
std::string with_crlf(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\n')
            out += '\r';
        out += c;
    }
    return out;
}

support::MemoryDns zone_of(const YAML::Node& scenario)
{
    support::MemoryDns dns;
    for (const auto& record : scenario["txt-records"])
        dns.add(record.first.as<std::string>(), net::RecordType::txt,
                record.second.as<std::string>());
    return dns;
}

void check_validation(const YAML::Node& test, const YAML::Node& scenario)
{
    auto dns = zone_of(scenario);
    const auto message = mail::Message::from_text(with_crlf(test["message"].as<std::string>()));
    const auto result = support::complete(filters::auth::validate_arc(message, dns, nullptr));
    INFO("reason: " << result.reason);
    const auto wanted = test["cv"].as<std::string>("");
    CHECK(result.outcome != ArcOutcome::temperror);
    if (wanted == "Pass")
        CHECK(result.outcome == ArcOutcome::pass);
    else if (wanted == "Fail")
        CHECK(result.outcome == ArcOutcome::fail);
    else if (wanted == "None")
        CHECK(result.outcome == ArcOutcome::none);
    else
        CHECK(result.outcome == ArcOutcome::fail); // not judged by the suite: a seal says cv=fail
}

/// The value of the one field of that name among those given out; "" without one.
std::string value_of(const std::string& fields, std::string_view name)
{
    const auto header = mail::Header::parse(fields);
    CHECK(header.count(name) <= 1);
    const auto* field = header.find(name);
    return field ? std::string{field->value} : std::string{};
}

/// Tag by tag, in any order, as the suite's own runner compares; b= folds like all else.
void check_same_tags(const std::string& made, const std::string& wanted)
{
    const auto ours = filters::auth::TagList::parse(made);
    const auto theirs = filters::auth::TagList::parse(wanted);
    REQUIRE(ours);
    REQUIRE(theirs);
    CHECK(ours->tags().size() == theirs->tags().size());
    for (const auto& tag : theirs->tags())
        CHECK(filters::auth::without_white_space(ours->value(tag.name))
              == filters::auth::without_white_space(tag.value));
}

/// White space as one blank, none at the ends.
std::string unfolded(const std::string& text)
{
    std::string out;
    for (const char c : mail::trimmed(text)) {
        const bool is_blank = c == ' ' || c == '\r' || c == '\n' || c == '\t';
        if (!is_blank || !out.ends_with(' '))
            out += is_blank ? ' ' : c;
    }
    return out;
}

void check_sealing(const YAML::Node& test, const YAML::Node& scenario)
{
    auto dns = zone_of(scenario);
    const auto message = mail::Message::from_text(with_crlf(test["message"].as<std::string>()));
    const auto key = filters::auth::PrivateKey::from_pem(scenario["privatekey"].as<std::string>());
    REQUIRE(key);
    filters::auth::ArcSealing sealing{.authserv_id = test["srv-id"].as<std::string>(),
                                      .domain = scenario["domain"].as<std::string>(),
                                      .selector = scenario["sel"].as<std::string>(),
                                      .fields = {},
                                      .time = {}};
    sealing.time += std::chrono::seconds{test["t"].as<int>()};
    const auto list = test["sig-headers"].as<std::string>();
    for (const auto name : filters::auth::split(list, ':'))
        sealing.fields.emplace_back(name);
    auto state = support::complete(filters::auth::validate_arc(message, dns, nullptr));
    const auto sealed = support::complete(
        filters::auth::seal_arc(message, std::move(state), *key, sealing, nullptr));
    const auto wanted = test["AS"].as<std::string>("");
    if (wanted.empty()) {
        CHECK_FALSE(sealed);
        return;
    }
    REQUIRE(sealed);
    INFO(*sealed);
    check_same_tags(value_of(*sealed, "ARC-Seal"), wanted);
    check_same_tags(value_of(*sealed, "ARC-Message-Signature"), test["AMS"].as<std::string>());
    CHECK(unfolded(value_of(*sealed, "ARC-Authentication-Results"))
          == unfolded(test["AAR"].as<std::string>()));
}

void add_file(const std::string& file, const std::string& kind,
              void (*check)(const YAML::Node&, const YAML::Node&))
{
    std::map<std::string, int> times; // the suite has a name that stands twice
    for (const auto& scenario : YAML::LoadAllFromFile(folder() / file)) {
        const auto title = scenario["description"].as<std::string>();
        for (const auto& test : scenario["tests"]) {
            auto name = "arc: " + kind + ": " + title + ": " + test.first.as<std::string>();
            if (const int time = ++times[name]; time > 1)
                name += " (" + std::to_string(time) + ")";
            add_case(name, "arc", [test = test.second, scenario, check] { check(test, scenario); });
        }
    }
}
}

void add_arc_cases()
{
    add_file("arc-draft-validation-tests.yml", "validation", check_validation);
    add_file("arc-draft-sign-tests.yml", "sealing", check_sealing);
}
}
