// SPDX-License-Identifier: Apache-2.0
#include "filters/build.hpp"
#include "filters/finding_types.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
LayerSettings settings_of(std::string_view text, Complaints& complaints)
{
    const auto yaml = Yaml::parse(text, "mailweir.yaml");
    if (!yaml)
        FAIL(to_string(yaml.error()));
    return layer_settings(*yaml, complaints);
}
}

TEST_CASE("layer settings come from their places in mailweir.yaml")
{
    Complaints complaints;
    const auto settings = settings_of("hostname: mx.b.example\n"
                                      "limits: { connections: 900, connections_per_source: 7,"
                                      " received_fields: 30 }\n"
                                      "contact: { url: \"https://b.example\" }\n"
                                      "rate: { sessions: 5 per 1 h }\n"
                                      "dos: { connections: 100 }\n"
                                      "layers: { words: { rules: [] } }\n",
                                      complaints);
    CHECK(complaints.empty());
    CHECK(settings.at("rate").find("sessions").where() == "mailweir.yaml:4:19");
    CHECK(settings.at("dos").find("connections").text() == "100");
    CHECK(settings.at("dos").find("connections_per_source").text() == "7");
    CHECK(settings.at("dos").find("connections_per_source").where() == "mailweir.yaml:2:53");
    CHECK(settings.at("headers").find("most_received").text() == "30");
    CHECK(settings.at("helo").find("own_names").text() == "mx.b.example");
    CHECK(settings.at("blocklist").find("contact").text() == "https://b.example");
    CHECK(settings.at("words").is_map());
}

TEST_CASE("settings for layers that do not exist or stand elsewhere are complained of")
{
    Complaints complaints;
    settings_of("layers: { wrods: {}, rate: {} }\n", complaints);
    CHECK(to_string(complaints)
          == "mailweir.yaml:1:11: error: no layer is called \"wrods\"\n"
             "layers: { wrods: {}, rate: {} }\n"
             "          ^\n"
             "did you mean \"words\"?\n"
             "mailweir.yaml:1:22: error: \"rate\" is set at the top, not under \"layers\"\n"
             "layers: { wrods: {}, rate: {} }\n"
             "                     ^\n");
}

TEST_CASE("a chain has the listener layers and what the policy names, and needs no scan by itself")
{
    World world;
    PolicySet policy;
    policy.layers = {"lists", "helo", "words"};
    const auto chain = build_chain(policy, {}, world.services);
    if (!chain)
        FAIL(to_string(chain.error()));
    CHECK_FALSE((*chain)->needs_content());
    CHECK((*chain)->waves() == 1);
}

TEST_CASE("a body rule makes a scan necessary")
{
    World world;
    PolicySet policy;
    policy.layers = {"words"};
    Complaints complaints;
    const auto settings = settings_of(
        "layers: { words: { rules: [ { where: body, text: x, then: tag } ] } }\n", complaints);
    CHECK((*build_chain(policy, settings, world.services))->needs_content());
}

TEST_CASE("all complaints of all layers come at once, also of layers that do not run")
{
    World world;
    Complaints complaints;
    const auto settings = settings_of("rate: { mode: sometimes }\n"
                                      "blocklist: { files: [/nowhere] }\n"
                                      "layers: { upstream: { hosts: [x] }, helo: { nam: 1 } }\n",
                                      complaints);
    PolicySet policy;
    policy.layers = {"upstream"};
    const auto chain = build_chain(policy, settings, world.services);
    REQUIRE_FALSE(chain);
    const auto said = to_string(chain.error());
    for (const auto text : {"must be one of auto, observe, enforce", "cannot read /nowhere",
                            "\"x\" is no network", "unknown key \"nam\" of \"helo\""})
        CHECK(said.find(text) != std::string::npos);
}

TEST_CASE("every layer keeps to its form: settings parse, names agree, findings are told apart")
{
    for (const auto* type : layer_types()) {
        INFO(type->name);
        CHECK_FALSE(type->summary.empty());
        CHECK(Yaml::parse(type->settings, "defaults"));
        CHECK((type->make != nullptr || type->make_content != nullptr));
        for (const auto& finding : type->findings) {
            INFO(finding.name);
            CHECK(finding.name.starts_with(std::string{type->name} + "."));
            CHECK_FALSE(finding.english.empty());
            CHECK_FALSE(finding.japanese.empty());
            CHECK(finding_type(finding.name) == &finding);
            CHECK(finding.refusal.find('\n') == std::string_view::npos);
        }
        CHECK(error_name(type->name) == std::string{type->name} + ".error");
    }
    CHECK(finding_type("nobody.knows") == nullptr);
}

TEST_CASE("every finding has its sentence in English and in Japanese")
{
    const auto is_kana = [](std::string_view text) {
        for (std::size_t at = 0; at + 2 < text.size(); ++at) // U+3040 to U+30FF
            if (text[at] == '\xE3'
                && (text[at + 1] == '\x81' || text[at + 1] == '\x82' || text[at + 1] == '\x83'))
                return true;
        return false;
    };
    CHECK(finding_names().size() > 100);
    for (const auto name : finding_names()) {
        INFO(name);
        const auto* type = finding_type(name);
        REQUIRE(type);
        CHECK(std::ranges::all_of(type->english, [](char c) { return c >= ' ' && c <= '~'; }));
        CHECK(is_kana(type->japanese));
    }
}

TEST_CASE("a sentence is filled with the detail, made safe")
{
    CHECK(filled("by {}.", "a\r\nb") == "by a??b.");
    CHECK(filled("nothing", "x") == "nothing");
    CHECK(filled("{}", std::string(1000, 'a')).size() == 200);
}
