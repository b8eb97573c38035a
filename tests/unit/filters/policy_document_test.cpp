// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace filters;
using mail::Action;

namespace {
std::string complaint(const std::string& yaml)
{
    const auto set = parse_policy(yaml, "p.yaml");
    return set ? "none" : to_string(set.error());
}
PolicySet preset(const std::string& name)
{
    const auto path = std::string{SOURCE_DIR} + "/etc/policies/" + name + ".yaml";
    std::ifstream in{path};
    REQUIRE(in);
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    auto set = parse_policy(text, path);
    if (!set)
        FAIL(to_string(set.error()));
    return *set;
}
mail::Verdict judged(const Policy& policy, std::initializer_list<std::string_view> names,
                     std::optional<double> weight = {}, const std::string& detail = {})
{
    mail::Mail mail;
    for (const auto name : names)
        mail.findings.push_back({.name = name, .detail = detail, .weight = weight});
    const mail::Recipient recipient{.address = *mail::Mailbox::parse("a@b.example")};
    return judge(policy, mail, recipient, Moment::message).verdict;
}
}

TEST_CASE("a policy document is read whole")
{
    const auto set = parse_policy(R"yaml(
layers: [lists, words]
rules:
  - { when: helo.own_name, add: 4 }
  - { when: [helo.localhost, headers.no_date], then: tag }
  - { when: { any: [words.block, "words.tag(lott*)"] }, then: quarantine
}
points: { tag: 3.5, block: 9 }
tag: { subject: "[迷惑] " }
domains:
  b.example: { points: { tag: 4, block: off }, block: discard, mode: observe,
               rules: [ { when: words.allow, then: allow } ] }
)yaml",
                                  "p.yaml");
    if (!set)
        FAIL(to_string(set.error()));
    CHECK(set->layers == std::vector<std::string>{"lists", "words"});
    REQUIRE(set->standard.rules.size() == 3);
    CHECK(set->standard.rules[0].add == 4);
    CHECK(set->standard.rules[1].text == "helo.localhost, headers.no_date");
    CHECK(set->standard.rules[1].where == "p.yaml:5");
    CHECK(set->standard.rules[2].text == "any: words.block, words.tag(lott*)");
    CHECK(set->standard.tag_subject == "[迷惑] ");
    const auto& own = set->of(*mail::Domain::parse("b.example"));
    CHECK(own.rules.size() == 4);
    CHECK(own.rules.front().is_allow);
    CHECK(own.tag == 4);
    CHECK_FALSE(own.block);
    CHECK(own.block_action == Action::discard);
    CHECK(own.mode == Mode::observe);
    CHECK(set->standard.mode == Mode::enforce);
}

TEST_CASE("a misspelt finding is refused with its place and what was meant")
{
    CHECK(complaint("rules:\n  - { when: words.blok, then: reject }\n")
          == "p.yaml:2:13: error: nothing finds \"words.blok\"\n"
             "  - { when: words.blok, then: reject }\n"
             "            ^\n"
             "did you mean \"words.block\"?\n");
}

TEST_CASE("each mistake has its own sentence")
{
    struct Row {
        const char *yaml, *text;
    };
    for (const auto& [yaml, text] : {
             Row{"laiers: [lists]\n", "unknown key \"laiers\""},
             Row{"layers: [list]\n", "no layer is called \"list\""},
             Row{"layers: [rate]\n", "always runs"},
             Row{"layers: [lists, lists]\n", "named twice"},
             Row{"layers: lists\n", "must be a list"},
             Row{"rules: [{ when: words.block }]\n", "one of \"then\" and \"add\""},
             Row{"rules: [{ then: reject }]\n", "a rule needs \"when\""},
             Row{"rules: [{ when: words.block, then: reject, add: 1 }]\n", "one of \"then\""},
             Row{"rules: [{ when: words.block, then: bounce }]\n", "\"then\" must be an action"},
             Row{"rules: [{ when: words.block, add: many }]\n", "\"add\" must be a number"},
             Row{"rules: [{ when: words.block, add: weight*x }]\n", "\"add\" must be a number"},
             Row{"rules: [{ when: words.block, add: 1e9 }]\n", "\"add\" must be a number"},
             Row{"rules: [{ when: { some: [words.block] }, add: 1 }]\n", "none of any, all, not"},
             Row{"rules: [{ when: [], add: 1 }]\n", "an empty condition"},
             Row{"rules: [{ when: words.block(), add: 1 }]\n", "matches nothing"},
             Row{"rules: [{ when: headers.loop, then: allow }]\n", "nobody may let"},
             Row{"rules: words\n", "\"rules\" must be a list"},
             Row{"points: { tag: -1 }\n", "a threshold is a number above 0"},
             Row{"points: { tag: 5, block: 4 }\n", "thresholds must rise"},
             Row{"points: { tga: 5 }\n", "did you mean \"tag\"?"},
             Row{"block: bounce\n", "\"block\" must be one of reject, discard"},
             Row{"mode: watch\n", "\"mode\" must be one of enforce, observe"},
             Row{"tag: { subject: \"a\\r\\nBcc: x\" }\n", "one line without control characters"},
             Row{"domains: { \"b..example\": { block: discard } }\n", "is no domain"},
             Row{"domains: { b.example: { layers: [lists] } }\n", "holds for all domains"},
             Row{"domains: { B.example: {}, b.EXAMPLE: {} }\n", "named twice"},
             Row{"a: 1\na: 2\n", "duplicate key"},
         }) {
        INFO(yaml);
        const auto said = complaint(yaml);
        INFO(said);
        CHECK(said.find(text) != std::string::npos);
    }
}

TEST_CASE("all mistakes are told at once")
{
    const auto set
        = parse_policy("rules: [{ when: a.b, add: 1 }, { when: c.d, add: 1 }]\nx: 1\n", "p");
    REQUIRE_FALSE(set);
    CHECK(set.error().size() == 3);
}

TEST_CASE("a condition of many parts is refused, not evaluated")
{
    std::string yaml = "rules: [{ when: [";
    for (int i = 0; i < 70; ++i)
        yaml += "words.block, ";
    CHECK(complaint(yaml + "words.tag], add: 1 }]\n").find("at most 64 parts")
          != std::string::npos);
}

TEST_CASE("the shipped presets parse, and the default is preset tag")
{
    for (const auto name : {"observe", "tag", "quarantine", "strict", "default"}) {
        std::vector<std::string> layers{
            "lists",       "reverse",     "helo",       "dnsbl",       "headers",    "spf",
            "dkim",        "arc",         "dmarc",      "spoof",       "reputation", "upstream",
            "words",       "attachments", "clamav",     "fingerprint", "intent",     "author",
            "composition", "rules",       "classifier", "traps",       "recipients", "forward",
            "rosters",     "habit",       "limits",     "outgoing",    "bounce",     "reports"};
        if (name == std::string_view{"strict"})
            layers.insert(layers.begin() + 11, "greylist");
        CHECK(preset(name).layers == layers);
    }
    CHECK(preset("default").source == preset("tag").source);
}

TEST_CASE("preset tag delivers, tags and refuses, and holds nothing but the unscannable")
{
    const auto policy = preset("tag").standard;
    CHECK(policy.tag == 3.5);
    CHECK_FALSE(policy.quarantine);
    CHECK(policy.block == 9);
    CHECK(judged(policy, {}).action == Action::deliver);
    CHECK(judged(policy, {"upstream.spam"}).action == Action::tag);
    CHECK(judged(policy, {"words.quarantine"}).action == Action::tag);
    CHECK(judged(policy, {"words.block"}).action == Action::reject);
    CHECK(judged(policy, {"words.points"}, 9).action == Action::reject);
    CHECK(judged(policy, {"words.points"}, 8.9).action == Action::tag);
    CHECK(judged(policy, {"rate.exceeded"}).action == Action::defer);
    CHECK(judged(policy,
                 {"helo.not_qualified", "headers.no_message_id", "headers.raw_8bit",
                  "headers.no_date"})
              .action
          == Action::deliver);
}

TEST_CASE("mail whose author can be read two ways is refused or held by every preset that acts")
{
    for (const auto* finding : {"headers.multiple_from", "headers.no_from", "headers.from_domains",
                                "headers.encoded_address", "headers.control_characters"}) {
        INFO(finding);
        for (const auto* refusing : {"default", "tag", "strict"})
            CHECK(judged(preset(refusing).standard, {finding}, {}, "From").action
                  == Action::reject);
        CHECK(judged(preset("quarantine").standard, {finding}, {}, "From").action
              == Action::quarantine);
        const auto observed = judged(preset("observe").standard, {finding}, {}, "From");
        CHECK(observed.action == Action::deliver);
        CHECK(observed.rule.starts_with("observe: would reject"));
    }
    // Elsewhere than in From a control character is an accident that honest mail has, too.
    CHECK(judged(preset("strict").standard, {"headers.control_characters"}).action == Action::tag);
}

TEST_CASE("preset quarantine holds in the middle, strict refuses early, observe only says")
{
    CHECK(judged(preset("quarantine").standard, {"words.points"}, 6).action == Action::quarantine);
    CHECK(judged(preset("quarantine").standard, {"words.quarantine"}).action == Action::quarantine);
    CHECK(judged(preset("strict").standard, {"words.points"}, 7).action == Action::reject);
    CHECK(judged(preset("strict").standard, {"headers.multiple_from"}).action == Action::reject);
    CHECK(judged(preset("strict").standard, {"upstream.spam"}).action == Action::quarantine);
    const auto observed = judged(preset("observe").standard, {"words.block"});
    CHECK(observed.action == Action::deliver);
    CHECK(observed.rule == "observe: would reject (words.block)");
}
