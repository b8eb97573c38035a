// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/trial.hpp"

#include "filters/content/analysis.hpp"
#include "filters/rules/parser.hpp"
#include "filters/rules/rule_set.hpp"
#include "filters/scan/examine.hpp"
#include "filters/scan/head_trial.hpp"
#include "filters/scan/scanner.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters {
namespace {
using Clock = std::chrono::steady_clock;
constexpr std::string_view file_name = "the rules";
constexpr std::chrono::milliseconds budget_of_a_message{500};
constexpr std::size_t most_hits = 500;
/// A sealed worker must not map memory for machine code.
const rulebook::RuleSetOptions in_sandbox{.speed = rulebook::Matcher::Speed::interpreted};

const LayerType& words_type()
{
    return **std::ranges::find(layer_types(), "words", &LayerType::name);
}

/// The layer's settings with these rules; what is wrong goes to `sink`.
std::optional<Settings> words_settings(const std::string& text,
                                       const std::shared_ptr<Complaints>& sink)
{
    const auto yaml = Yaml::parse(text, std::string{file_name});
    if (!yaml) {
        sink->insert(sink->end(), yaml.error().begin(), yaml.error().end());
        return {};
    }
    if (!yaml->is_list() && !(yaml->is_map() && yaml->has("rules"))) {
        sink->push_back(yaml->complain("expected a list of rules, each { name, where, text or "
                                       "pattern, then or points }"));
        return {};
    }
    return Settings::read("words", words_type().settings,
                          yaml->is_list() ? Yaml::map_of("rules", *yaml) : *yaml, sink);
}

TrialTest test_of(const Settings& rule)
{
    TrialTest test;
    test.name = rule.text("name");
    if (test.name.empty())
        test.name = rule.text(rule.has("text") ? "text" : "pattern").substr(0, 60);
    test.effect = rule.has("points") ? "points" : rule.text("then");
    test.score = rule.has("points") ? rule.real("points") : 0;
    auto where = rule.text("where");
    std::ranges::transform(where, where.begin(), mail::to_lower);
    constexpr std::array<std::string_view, 4> head{"subject", "header subject", "header from",
                                                   "header message-id"};
    test.is_of_head = std::ranges::find(head, where) != head.end();
    return test;
}

TrialBook read_words(const std::string& text)
{
    const auto sink = std::make_shared<Complaints>();
    TrialBook book;
    Services nobody;
    if (const auto settings = words_settings(text, sink)) {
        words_type().make(*settings, nobody);
        words_type().make_content(*settings, nobody);
        if (sink->empty())
            for (const auto& rule : settings->items("rules"))
                book.tests.push_back(test_of(rule));
    }
    book.complaints = std::move(*sink);
    return book;
}

rulebook::RuleBook parsed(const std::string& text)
{
    rulebook::Parser parser;
    parser.read(text, std::string{file_name});
    return parser.take();
}

TrialBook read_tests(const std::string& text)
{
    auto rules = parsed(text);
    const auto of_head = names_of_head(rules);
    const rulebook::RuleSet set{rules, in_sandbox};
    TrialBook book;
    for (const auto& test : set.tests())
        if (test.is_reported)
            book.tests.push_back({test.name, test.score,
                                  std::string{rulebook::to_string(test.kind)},
                                  std::ranges::find(of_head, test.name) != of_head.end()});
    for (const auto& remark : rules.remarks)
        book.complaints.push_back(remark.complaint);
    return book;
}

std::uint64_t nanoseconds_since(Clock::time_point start)
{
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
}

void try_words(const std::string& text, const mail::Message& message, Scanned& scanned)
{
    const auto sink = std::make_shared<Complaints>();
    const auto settings = words_settings(text, sink);
    Services nobody;
    if (!settings)
        return;
    const auto of_header = words_type().make(*settings, nobody);
    const auto of_content = words_type().make_content(*settings, nobody);
    mail::Mail mail;
    mail.message = mail::Message::from_text(std::string{message.header_block()} + "\r\n\r\n");
    const auto start = Clock::now();
    auto inspection = of_header->inspect_message(mail);
    scanned.findings = std::move(std::get<Findings>(inspection));
    auto more = of_content->inspect(message, scanned.content);
    const auto took = nanoseconds_since(start);
    scanned.findings.insert(scanned.findings.end(), std::make_move_iterator(more.begin()),
                            std::make_move_iterator(more.end()));
    const auto rules = settings->items("rules");
    for (const auto& rule : rules)
        scanned.costs.push_back({test_of(rule).name, 1, took / rules.size()});
}

void try_tests(const std::string& text, const mail::Message& message, Scanned& scanned)
{
    auto rules = parsed(text);
    const rulebook::RuleSet set{rules, in_sandbox};
    const rulebook::MessageView view{message, scanned.content};
    PatternBudget budget{budget_of_a_message};
    rulebook::Costs costs(set.tests().size());
    const auto result = set.run(view, budget, costs);
    for (std::size_t i = 0; i < set.tests().size(); ++i) {
        const auto& test = set.tests()[i];
        if (result.values[i] != 0 && test.is_reported && scanned.findings.size() < most_hits)
            scanned.findings.push_back({"rules.hit", test.name, {}, test.score});
        if (costs[i].runs > 0)
            scanned.costs.push_back(
                {test.name, costs[i].runs, static_cast<std::uint64_t>(costs[i].time.count())});
    }
    for (const auto index : result.gave_up)
        scanned.findings.push_back({.name = "rules.gave_up", .detail = set.tests()[index].name});
}
}

TrialBook read_trial(const TrialRules& rules)
{
    return rules.kind == TrialRules::Kind::words ? read_words(rules.text) : read_tests(rules.text);
}

std::unique_ptr<Layer> make_trial_words(const TrialRules& rules)
{
    Services nobody;
    const auto settings = words_settings(rules.text, std::make_shared<Complaints>());
    return settings ? words_type().make(*settings, nobody) : nullptr;
}

Scanned examine_trial(const mail::Message& message, const TrialRules& rules)
{
    return guarded([&](Scanned& scanned) {
        scanned.content = content::analyse(message, {});
        if (rules.kind == TrialRules::Kind::words)
            try_words(rules.text, message, scanned);
        else
            try_tests(rules.text, message, scanned);
        scanned.content = {};
        // The dearest are what somebody wants to know.
        const auto kept = std::min(scanned.costs.size(), RuleCounters::most_costs);
        const auto end = scanned.costs.begin() + static_cast<std::ptrdiff_t>(kept);
        std::ranges::nth_element(scanned.costs, end, std::ranges::greater{},
                                 &TestCost::nanoseconds);
        scanned.costs.resize(kept);
    });
}

awaitable<Scanned> try_rules(const mail::Message& message, std::shared_ptr<const TrialRules> rules,
                             Services& services)
{
    if (services.scanner) {
        auto scanned = co_await services.scanner->scan(message, {.trial = std::move(rules)});
        co_return scanned;
    }
    message.header();
    co_return co_await services.pool->run(
        [&message, &rules] { return examine_trial(message, *rules); });
}
}
