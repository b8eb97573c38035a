// SPDX-License-Identifier: Apache-2.0
#include "filters/finding_types.hpp"
#include "filters/layer.hpp"
#include "gateway/mail/account.hpp"
#include "gateway/manual/pages.hpp"
#include "gateway/manual/roff.hpp"

#include <array>

namespace app::manual {
namespace {
constexpr std::string_view introduction = R"(
Layers find facts about a message, such as `spf.fail`; the policy says what they mean. It is one
YAML document, named by `policy` in `mailweir.yaml`(5). Embedded are policies/observe.yaml,
which only counts and explains; policies/tag.yaml, the default, which tags doubtful mail and
refuses plain spam; policies/quarantine.yaml, which holds in between; and policies/strict.yaml.
To make one of your own:)";

constexpr std::string_view first_steps = R"(mailweir policy show > /etc/mailweir/policy.yaml
mailweir policy check /etc/mailweir/policy.yaml
mailweir config reload)";

constexpr std::string_view ladder
    = R"(A message is judged for each recipient. The first of these that acts, wins:)";

constexpr std::array<std::string_view, 6> steps{
    "Facts that nothing overrides: viruses, unknown recipients, mail loops, mail that cannot be "
    "analysed. Where no rule names such a fact, its own action below is taken.",
    "The administrator's lists (`mailweir-allow`(1), `mailweir-block`(1)).",
    "Mail from outside in a domain of ours that nothing proves: rules that name such a fact.",
    "The lists of the domain, then those of the user. The more specific entry wins; at a tie the "
    "allowing one.",
    "The `rules` of the policy from top to bottom; `allow` ends the reading.",
    "The sum of the points against the thresholds.",
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> keys{{
    {"layers", "A list: the layers that look for facts. dos, blocklist and rate always run."},
    {"rules", "A list of rules, see below."},
    {"points",
     "{ tag: 3.5, quarantine: 6, block: 9 }: from so many points on. What is left out does "
     "not happen."},
    {"block", "What block means: reject, which the sender hears, or discard, which nobody hears."},
    {"tag", "{ subject: \"[S_P_A_M] \" }: put before the subject of tagged mail."},
    {"mode", "enforce, or observe: judge and explain, but deliver as it came."},
    {"domains",
     "What differs for single domains: { example.jp: { points: { tag: 4 } } }. Rules of a "
     "domain are read before those above. All keys but layers may stand there."},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> rule_keys{{
    {"when",
     "A fact, `spf.fail`; a fact whose detail fits a pattern, `rules.hit(MW_*)`; a list, all "
     "of which must hold; or { any: [...] }, { all: [...] }, { not: FACT }."},
    {"then", "allow, tag, quarantine, discard, defer or reject: the rule decides."},
    {"add", "Points, which may be negative: 1.5; or `weight*K` where a fact carries a weight."},
    {"points", "With then: the rule acts only where the sum is this or more."},
}};

constexpr std::string_view example
    = R"(layers: [lists, helo, spf, dkim, dmarc, clamav, rules, classifier]
rules:
  - { when: clamav.infected,       then: quarantine }
  - { when: dmarc.reject,          then: reject }
  - { when: [spf.fail, dkim.none], add: 3 }
  - { when: rules.hit,             add: weight }
points: { tag: 3.5, block: 9 }
block: reject
domains:
  example.jp: { points: { tag: 4 }, block: discard })";

void add_finding(Roff& roff, const filters::FindingType& type)
{
    std::string text{type.english};
    if (type.is_overriding)
        text += " Overriding; without a rule: " + std::string{mail::to_string(type.action)} + ".";
    if (type.is_spoofing)
        text += " A rule that names it acts before the lists of domains and users.";
    roff.item(type.name, text);
}

void add_findings(Roff& roff)
{
    roff.section("Facts").text(
        "Braces stand for the detail, which a rule may ask for in parentheses. Each layer also has "
        "LAYER.error: it could not do its work.");
    roff.subsection("The message and its sender as such");
    const auto is_of_no_layer = [](std::string_view name) {
        return name.starts_with("data.") || name.starts_with("content.")
            || name == mail::account_fact;
    };
    for (const auto name : filters::finding_names())
        if (is_of_no_layer(name))
            add_finding(roff, *filters::finding_type(name));
    for (const auto* layer : filters::layer_types()) {
        roff.subsection(layer->name).text(std::string{layer->summary} + ".");
        for (const auto& type : layer->findings)
            add_finding(roff, type);
    }
}
}

Page policy_page()
{
    Roff roff{"mailweir-policy", 5, "what Mailweir does with mail"};
    roff.section("Description").text(introduction).example(first_steps);
    roff.section("Who wins").text(ladder);
    for (std::size_t i = 0; i < steps.size(); ++i)
        roff.raw_item(std::to_string(i + 1) + ".", steps[i]);
    roff.text("Refusals at RCPT come from lists, unknown recipients and rules with `then: reject` "
              "or `then: defer` whose facts exist by then; points act when the message is there. "
              "`mailweir explain ID` shows all of this for one message.");
    roff.section("Keys");
    for (const auto& [key, meaning] : keys)
        roff.item(key, meaning);
    roff.section("Rules");
    for (const auto& [key, meaning] : rule_keys)
        roff.item(key, meaning);
    roff.section("Example").example(example);
    add_findings(roff);
    roff.section("See also").text("`mailweir-policy`(1), `mailweir-layers`(1), `mailweir.yaml`(5)");
    return {"mailweir-policy", 5, roff.take()};
}
}
