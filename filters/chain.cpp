// SPDX-License-Identifier: Apache-2.0
#include "filters/chain.hpp"
#include "filters/finding_types.hpp"
#include "filters/layer_counts.hpp"
#include "filters/scan/circumstances.hpp"
#include "filters/scan/scan.hpp"

#include <algorithm>
#include <cassert>
#include <deque>

namespace filters {
namespace {
constexpr std::string_view not_scanned = "content.not_scanned";

using Clock = std::chrono::steady_clock;
using Waves = std::vector<std::vector<std::size_t>>;

/// Indices by wave: a layer comes after every layer it names that is present. Layers of a circle
/// are in none.
Waves waves_of(const std::vector<const LayerType*>& types)
{
    const auto is_named = [&](std::string_view name, const std::vector<bool>& placed) {
        for (std::size_t i = 0; i < types.size(); ++i)
            if (types[i]->name == name && !placed[i])
                return true;
        return false;
    };
    Waves waves;
    std::vector<bool> placed(types.size(), false);
    while (true) {
        std::vector<std::size_t> wave;
        for (std::size_t i = 0; i < types.size(); ++i) {
            const auto waits = [&](std::string_view name) { return is_named(name, placed); };
            if (!placed[i] && std::none_of(types[i]->after.begin(), types[i]->after.end(), waits))
                wave.push_back(i);
        }
        if (wave.empty())
            return waves;
        for (const auto index : wave)
            placed[index] = true;
        waves.push_back(std::move(wave));
    }
}

mail::Finding error_of(const LayerType& type, const std::exception& error)
{
    return {.name = error_name(type.name), .detail = error.what()};
}

void append(Findings& into, Findings&& found)
{
    for (auto& finding : found) {
        const auto is_same = [&](const mail::Finding& other) {
            return other.name == finding.name && other.detail == finding.detail;
        };
        if (std::none_of(into.begin(), into.end(), is_same))
            into.push_back(std::move(finding));
    }
}

awaitable<void> fill(awaitable<Findings> inspection, Findings& into)
{
    into = co_await std::move(inspection);
}

/// The chain's guard: a throw or a missed deadline becomes a fact.
awaitable<void> guarded(const Chain::Link& link, awaitable<Findings> inspection, Findings& into)
{
    const auto start = Clock::now();
    auto& counts = LayerCounts::of(*link.type);
    try {
        co_await net::with_deadline(fill(std::move(inspection), into), link.limit);
        if (!into.empty())
            counts.note_found();
    } catch (const std::exception& error) {
        into = {error_of(*link.type, error)};
        counts.note_error();
    }
    counts.note_time(Clock::now() - start);
}

/// Two looks at the clock for each layer and stage would cost more than most layers do.
bool is_measured_turn()
{
    static thread_local unsigned turn = 0;
    return ++turn % LayerCounts::one_in == 0;
}

/// Inspections of one wave that must be waited for, and where their facts will stand.
struct Waiting {
    std::vector<awaitable<void>> inspections;
    std::deque<Findings> found;
};

/// Calls every layer of a wave; what is at hand is appended at once.
template <class Call>
Waiting started(const std::vector<const Chain::Link*>& wave, const Call& call, Findings& into)
{
    Waiting waiting;
    const bool is_measured = is_measured_turn();
    for (const auto* link : wave) {
        try {
            const auto start = is_measured ? Clock::now() : Clock::time_point{};
            Inspection inspection = call(*link->layer);
            if (auto* findings = std::get_if<Findings>(&inspection)) {
                if (is_measured)
                    LayerCounts::of(*link->type).note_time(Clock::now() - start);
                if (!findings->empty())
                    LayerCounts::of(*link->type).note_found();
                append(into, std::move(*findings));
                continue;
            }
            auto& found = waiting.found.emplace_back();
            waiting.inspections.push_back(
                guarded(*link, std::get<awaitable<Findings>>(std::move(inspection)), found));
        } catch (const std::exception& error) {
            LayerCounts::of(*link->type).note_error();
            append(into, {error_of(*link->type, error)});
        }
    }
    return waiting;
}

/// The name that the layer `reverse` confirmed is the client's from now on: for later layers, the
/// Received line and XCLIENT.
void name_client(mail::Mail& mail)
{
    if (!mail.client.reverse_name.empty())
        return;
    for (const auto& finding : mail.findings)
        if (finding.name == "reverse.confirmed")
            mail.client.reverse_name = finding.detail;
}

awaitable<void> finish(Waiting waiting, Findings& into)
{
    if (waiting.inspections.size() == 1)
        co_await std::move(waiting.inspections.front());
    else
        co_await net::all(std::move(waiting.inspections));
    for (auto& findings : waiting.found)
        append(into, std::move(findings));
}
}

Chain::Chain(std::vector<Link> links, Services* services)
    : links_{std::move(links)}, services_{services}
{
    std::vector<const LayerType*> types;
    for (const auto& link : links_) {
        types.push_back(link.type);
        if (link.content && link.content->is_needed())
            content_layers_.push_back(link.content.get());
        if (link.type->on_error == OnError::defer)
            deferring_.push_back(error_name(link.type->name));
    }
    assert(circle(types).empty() && "layers wait for each other");
    assert(content_layers_.empty() || services_);
    for (const auto& wave : waves_of(types)) {
        std::vector<const Link*> members;
        for (const auto index : wave)
            if (links_[index].layer)
                members.push_back(&links_[index]);
        if (!members.empty())
            waves_.push_back(std::move(members));
    }
}

Chain::~Chain() = default;

std::string Chain::circle(const std::vector<const LayerType*>& types)
{
    std::vector<bool> placed(types.size(), false);
    for (const auto& wave : waves_of(types))
        for (const auto index : wave)
            placed[index] = true;
    std::string names;
    for (std::size_t i = 0; i < types.size(); ++i)
        if (!placed[i])
            names += (names.empty() ? "" : ", ") + std::string{types[i]->name};
    return names;
}

std::optional<mail::Reply> Chain::admit(const mail::Client& client) const
{
    for (std::size_t i = 0; i < links_.size(); ++i) {
        const auto& [type, layer, content, limit] = links_[i];
        if (!layer || !type->is_listener_layer)
            continue;
        auto reply = layer->admit(client);
        if (!reply)
            continue;
        for (std::size_t earlier = 0; earlier < i; ++earlier)
            if (links_[earlier].layer && links_[earlier].type->is_listener_layer)
                links_[earlier].layer->depart(client);
        return reply;
    }
    return {};
}

void Chain::depart(const mail::Client& client) const
{
    for (const auto& link : links_)
        if (link.layer && link.type->is_listener_layer)
            link.layer->depart(client);
}

std::optional<mail::Reply> Chain::observe(const mail::Client& client, Incident incident) const
{
    std::optional<mail::Reply> reply;
    for (const auto& link : links_)
        if (link.layer && link.type->is_listener_layer)
            if (auto said = link.layer->observe(client, incident); said && !reply)
                reply = std::move(said);
    return reply;
}

Tarpit Chain::tarpit(const mail::Client& client) const
{
    Tarpit longest;
    for (const auto& link : links_)
        if (link.layer && link.type->is_listener_layer)
            if (auto tarpit = link.layer->tarpit(client); tarpit.time > longest.time)
                longest = std::move(tarpit);
    return longest;
}

awaitable<void> Chain::inspect_sender(mail::Mail& mail) const
{
    const auto call = [&mail](const Layer& layer) { return layer.inspect_sender(mail); };
    for (const auto& wave : waves_) {
        if (auto waiting = started(wave, call, mail.findings); !waiting.inspections.empty())
            co_await finish(std::move(waiting), mail.findings);
        name_client(mail);
    }
}

awaitable<void> Chain::inspect_recipient(const mail::Mail& mail, mail::Recipient& recipient) const
{
    const auto call = [&](const Layer& layer) { return layer.inspect_recipient(mail, recipient); };
    for (const auto& wave : waves_)
        if (auto waiting = started(wave, call, recipient.findings); !waiting.inspections.empty())
            co_await finish(std::move(waiting), recipient.findings);
}

/// What the scan says of each layer. Its word is not trusted: a time beyond an hour is one.
void note_content(const Scanned& scanned)
{
    constexpr std::chrono::nanoseconds longest = std::chrono::hours{1};
    for (const auto& cost : scanned.layers)
        LayerCounts::of_content(cost.name).note_time(
            std::chrono::nanoseconds{std::min<std::uint64_t>(cost.nanoseconds, longest.count())});
    std::string_view last;
    // Facts of a layer stand side by side.
    for (const auto& finding : scanned.findings) {
        const auto layer = finding.name.substr(0, finding.name.find('.'));
        if (layer != last)
            LayerCounts::of_content(layer).note_found();
        last = layer;
    }
}

/// What could not be scanned is a fact too, upon which `must_defer` insists.
awaitable<void> Chain::scan_message(mail::Mail& mail) const
{
    const auto start = Clock::now();
    auto& counts = LayerCounts::of_scan();
    try {
        auto scanned = co_await scan(mail.message, content_layers_, *services_,
                                     {.hop = hop_of(mail), .is_timed = is_measured_turn()});
        note_content(scanned);
        append(mail.findings, std::move(scanned.findings));
        mail.content = std::make_shared<const Content>(std::move(scanned.content));
    } catch (const std::exception& error) {
        counts.note_error();
        append(mail.findings, {{.name = not_scanned, .detail = error.what()}});
    }
    counts.note_time(Clock::now() - start);
}

awaitable<void> Chain::inspect_message(mail::Mail& mail) const
{
    if (!content_layers_.empty())
        co_await scan_message(mail);
    const auto call = [&mail](const Layer& layer) { return layer.inspect_message(mail); };
    for (const auto& wave : waves_)
        if (auto waiting = started(wave, call, mail.findings); !waiting.inspections.empty())
            co_await finish(std::move(waiting), mail.findings);
    co_await inspect_message_for_all(mail);
}

awaitable<void> Chain::inspect_message_for_all(mail::Mail& mail) const
{
    constexpr std::size_t recipients_a_turn = 64;
    std::size_t seen = 0;
    for (auto& recipient : mail.recipients) {
        const auto call
            = [&](const Layer& layer) { return layer.inspect_message_for(mail, recipient); };
        for (const auto& wave : waves_)
            if (auto waiting = started(wave, call, recipient.findings);
                !waiting.inspections.empty())
                co_await finish(std::move(waiting), recipient.findings);
        if (++seen % recipients_a_turn == 0)
            co_await net::yield();
    }
}

bool Chain::must_defer(const Findings& findings) const
{
    return std::any_of(findings.begin(), findings.end(), [this](const mail::Finding& finding) {
        return finding.name == not_scanned
            || std::find(deferring_.begin(), deferring_.end(), finding.name) != deferring_.end();
    });
}
}
