// SPDX-License-Identifier: Apache-2.0
#include "filters/blocklist.hpp"
#include "filters/build.hpp"
#include "filters/finding_types.hpp"
#include "filters/findings_json.hpp"
#include "filters/policy_document.hpp"
#include "storage/counters.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

namespace {
using namespace filters;

mail::Ip v4(std::uint32_t value)
{
    mail::Ip::Bytes bytes{};
    bytes[10] = bytes[11] = 0xFF;
    for (unsigned i = 0; i < 4; ++i)
        bytes[12 + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    return mail::Ip{bytes};
}

/// Five million networks in a file, as a feed would have them: mostly single addresses.
const std::filesystem::path& feed()
{
    static const auto path = [] {
        auto file = std::filesystem::temp_directory_path() / "mailweir-bench-feed.txt";
        std::ofstream out{file};
        std::mt19937 random{1};
        for (int i = 0; i < 5'000'000; ++i) {
            const bool is_single = random() % 8 != 0;
            out << v4(static_cast<std::uint32_t>(random())).to_string()
                << (is_single ? "" : "/" + std::to_string(20 + random() % 9)) << "\t3\n";
        }
        return file;
    }();
    return path;
}

BlocklistSources sources()
{
    BlocklistSources sources;
    sources.files.push_back({feed().string()});
    return sources;
}

void blocklist_load(benchmark::State& state)
{
    feed();
    for (auto _ : state) {
        const auto list = load_blocklist(sources());
        state.counters["networks"] = static_cast<double>((*list)->index->size());
        state.counters["MiB"] = static_cast<double>((*list)->index->bytes()) / (1 << 20);
    }
}
BENCHMARK(blocklist_load)->Unit(benchmark::kMillisecond)->Iterations(2);

void blocklist_lookup(benchmark::State& state)
{
    static const auto list = *load_blocklist(sources());
    std::mt19937 random{2};
    std::vector<mail::Ip> clients;
    for (int i = 0; i < 1 << 16; ++i)
        clients.push_back(v4(static_cast<std::uint32_t>(random())));
    std::size_t at = 0, hits = 0;
    for (auto _ : state)
        hits += list->index->find(clients[at++ & 0xFFFF]).has_value();
    benchmark::DoNotOptimize(hits);
}
BENCHMARK(blocklist_lookup);

/// A client at the door with a million sources known.
void rate_check(benchmark::State& state)
{
    static Services services;
    static const auto chain = [] {
        Complaints none;
        const auto yaml = Yaml::parse("rate: { mode: enforce }", "bench");
        PolicySet policy;
        return *build_chain(policy, layer_settings(*yaml, none), services);
    }();
    std::mt19937 random{3};
    mail::Client client;
    static const bool is_warm = [&] {
        for (std::uint32_t i = 0; i < 1'000'000; ++i) {
            client.ip = v4(0x0B000000U + i * 7);
            if (!chain->admit(client))
                chain->depart(client);
        }
        return true;
    }();
    benchmark::DoNotOptimize(is_warm);
    const LayerType* rate = nullptr;
    for (const auto* type : layer_types())
        if (type->name == "rate")
            rate = type;
    const auto settings
        = Settings::read("rate", rate->settings, {}, std::make_shared<Complaints>());
    const auto layer = rate->make(settings, services);
    for (auto _ : state) {
        client.ip = v4(0x0B000000U + static_cast<std::uint32_t>(random() % 1'000'000) * 7);
        benchmark::DoNotOptimize(layer->admit(client));
    }
}
BENCHMARK(rate_check);

/// A rule for every finding there is, about as many as a long policy has.
const PolicySet& long_policy()
{
    static const PolicySet set = [] {
        std::string text = "points: { tag: 3.5, block: 9 }\nrules:\n";
        for (const auto name : finding_names())
            text += "  - { when: " + std::string{name}
                + (name == "words.points" ? ", add: weight }\n" : ", add: 1 }\n");
        return *parse_policy(text, "bench");
    }();
    return set;
}

/// Five facts as a clean mail has them, against a long policy.
void judge_clean(benchmark::State& state)
{
    mail::Mail mail;
    mail.findings = {
        {.name = "headers.raw_8bit"}, {.name = "data.long_line"}, {.name = "headers.no_subject"}};
    const mail::Recipient recipient{.address = *mail::Mailbox::parse("a@b.example"),
                                    .findings = {{.name = "recipients.unchecked"}}};
    const auto& policy = long_policy().standard;
    for (auto _ : state)
        benchmark::DoNotOptimize(judge(policy, mail, recipient, Moment::message));
    state.counters["rules"] = static_cast<double>(policy.rules.size());
}
BENCHMARK(judge_clean);

void judge_spam(benchmark::State& state)
{
    mail::Mail mail;
    mail.findings = {{.name = "helo.own_name"},
                     {.name = "headers.no_date"},
                     {.name = "headers.name_is_address"},
                     {.name = "headers.duplicate"},
                     {.name = "words.points", .weight = 4}};
    const mail::Recipient recipient{.address = *mail::Mailbox::parse("a@b.example")};
    for (auto _ : state)
        benchmark::DoNotOptimize(judge(long_policy().standard, mail, recipient, Moment::message));
}
BENCHMARK(judge_spam);

void write_findings(benchmark::State& state)
{
    const mail::Findings findings{
        {.name = "headers.raw_8bit"},
        {.name = "data.long_line"},
        {.name = "helo.own_name", .detail = "b.example", .evidence = "from 192.0.2.1"}};
    const std::vector<Points> points{{"helo.own_name", "helo.own_name", 4}};
    for (auto _ : state)
        benchmark::DoNotOptimize(findings_json(findings, {}, points));
}
BENCHMARK(write_findings);
}
