// SPDX-License-Identifier: Apache-2.0
// What each content layer costs an octet of messages made to be slow, and of texts made of what its
// rules look for: at most 50 ns for all of them together with the analysis, whatever the size.
#include "filters/content/analysis.hpp"
#include "filters/layer.hpp"
#include "filters/rules/installed_rules.hpp"
#include "filters/rules/literals.hpp"
#include "filters/scan/circumstances.hpp"
#include "tests/bench/hostile_messages.hpp"

#include <benchmark/benchmark.h>

#include <ctime>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {
using namespace filters;

constexpr std::string_view some_words = R"yaml(rules:
  - { name: a, where: body, text: "plain words", then: tag }
  - { name: b, where: raw, pattern: "(a+)+$", then: tag }
  - { name: c, where: body, pattern: "(?:offer|price)s? .{0,40} (?:now|today)", points: 1 }
  - { name: d, where: attachment, pattern: "[.]exe$", then: block }
)yaml";

struct Named {
    std::string name;
    std::unique_ptr<ContentLayer> layer;
};

Named made(const LayerType& type, std::string name, std::string_view given)
{
    static Services services;
    const auto sink = std::make_shared<Complaints>();
    const auto settings
        = Settings::read(type.name, type.settings, *Yaml::parse(given, "bench"), sink);
    auto layer = type.make_content(settings, services);
    if (!sink->empty())
        throw std::runtime_error{to_string(*sink)};
    return {std::move(name), std::move(layer)};
}

const std::vector<Named>& layers()
{
    static const auto all = [] {
        std::vector<Named> some;
        for (const auto* type : layer_types())
            if (type->make_content != nullptr)
                some.push_back(
                    made(*type, std::string{type->name}, type->name == "words" ? some_words : ""));
        for (const auto* type : layer_types())
            if (type->name == "rules")
                some.push_back(made(*type, "stock_rules", "{own: false, spamassassin: true}"));
        return some;
    }();
    return all;
}

/// All texts of which rules need one, in the given kind of message.
struct Literals {
    std::string_view name, head, before, after;
    bool is_stock = false;
};
constexpr std::array<Literals, 10> literals{{
    {"literals", hostile::text, "", "\r\n"},
    {"literals_in_one_line", hostile::text, "", " "},
    {"literals_in_html", hostile::html, "<p>", "</p>"},
    {"literals_in_links", hostile::text, "http://a.net/", "\r\n"},
    {"literals_in_subject", "Subject: x\r\n", " ", "\r\n"},
    {"stock_literals", hostile::text, "", "\r\n", true},
    {"stock_literals_in_one_line", hostile::text, "", " ", true},
    {"stock_literals_in_html", hostile::html, "<p>", "</p>", true},
    {"stock_literals_in_links", hostile::text, "http://a.net/", "\r\n", true},
    {"stock_literals_in_subject", "Subject: x\r\n", " ", "\r\n", true},
}};

mail::Message message_of(const Literals& input, std::size_t size)
{
    rulebook::InstalledRules installed;
    installed.has_own = !input.is_stock;
    installed.has_spamassassin = input.is_stock;
    const auto book = rulebook::read_installed(installed);
    std::string once;
    for (const auto& rule : book.rules)
        for (const auto& one :
             rulebook::required_literals(rule.expression.text, rule.expression.modifiers))
            ((once += input.before) += one) += input.after;
    return mail::Message::from_text("From: a@example.org\r\n" + std::string{input.head}
                                    + hostile::repeated(once, size));
}

double processor_time()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double inspect(const ContentLayer& layer, const mail::Message& message, Content& content)
{
    std::vector<TestCost> costs;
    const auto start = processor_time();
    layer.extract(message, content);
    const auto* more = dynamic_cast<const CircumstantialLayer*>(&layer);
    benchmark::DoNotOptimize(more != nullptr ? more->inspect_with(message, content, {}, costs)
                                             : layer.inspect(message, content));
    return processor_time() - start;
}

void measure(benchmark::State& state, const mail::Message& message)
{
    const auto octets = static_cast<double>(message.size());
    for (auto _ : state) {
        const auto start = processor_time();
        auto content = content::analyse(message, {});
        double all = processor_time() - start;
        state.counters["analysis"] = all / octets;
        for (const auto& [name, layer] : layers()) {
            const auto time = inspect(*layer, message, content);
            state.counters[name] = time / octets;
            all += time;
        }
        state.counters["~all"] = all / octets;
    }
}

void hostile_layers(benchmark::State& state)
{
    const auto& input = hostile::all[static_cast<std::size_t>(state.range(0))];
    state.SetLabel(std::string{input.name});
    measure(state, hostile::message(input, static_cast<std::size_t>(state.range(1)) << 20));
}

void literal_layers(benchmark::State& state)
{
    const auto& input = literals[static_cast<std::size_t>(state.range(0))];
    state.SetLabel(std::string{input.name});
    measure(state, message_of(input, static_cast<std::size_t>(state.range(1)) << 20));
}

BENCHMARK(hostile_layers)
    ->ArgsProduct({benchmark::CreateDenseRange(0, static_cast<int>(hostile::all.size()) - 1, 1),
                   {1, 8, 50}})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(literal_layers)
    ->ArgsProduct({benchmark::CreateDenseRange(0, static_cast<int>(literals.size()) - 1, 1),
                   {1, 8, 50}})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
}
