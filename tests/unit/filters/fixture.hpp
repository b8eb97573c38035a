// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/layer.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace filters::test {
inline mail::Mailbox mailbox(std::string_view text) { return *mail::Mailbox::parse(text); }
inline mail::Ip ip(std::string_view text) { return *mail::Ip::parse(text); }

inline const LayerType& type_named(std::string_view name)
{
    for (const auto* type : layer_types())
        if (type->name == name)
            return *type;
    FAIL("no layer is called " << name);
    return *layer_types().front();
}

/// Entries by scope and exact sender key or network text; a network's specificity is its prefix.
class TestLists final : public storage::Lists, public storage::ListSnapshot {
public:
    struct Entry {
        storage::ListEntry entry;
        unsigned specificity = 0;
    };
    void put(std::string scope, storage::ListEntry::Effect effect, storage::ListEntry::Kind kind,
             std::string text, unsigned specificity)
    {
        storage::ListEntry entry;
        entry.number = static_cast<std::int64_t>(entries.size() + 1);
        entry.scope = std::move(scope);
        entry.effect = effect;
        entry.kind = kind;
        entry.text = std::move(text);
        entries.push_back({std::move(entry), specificity});
    }
    std::vector<Match> matches(std::string_view scope, const mail::ReversePath& address,
                               const mail::Ip* client, storage::WallTime) const override
    {
        std::vector<Match> found;
        for (const auto& [entry, specificity] : entries) {
            const bool is_network = entry.kind == storage::ListEntry::Kind::network;
            const bool fits = is_network
                ? client && mail::Network::parse(entry.text)->contains(*client)
                : address
                    && (address->key() == entry.text || address->domain().ascii() == entry.text);
            if (entry.scope == scope && fits)
                found.push_back({entry, specificity});
        }
        std::ranges::sort(found, std::greater{}, &Match::specificity);
        return found;
    }
    std::shared_ptr<const storage::ListSnapshot> snapshot() const override
    {
        return {std::shared_ptr<void>{}, this};
    }
    storage::awaitable<std::optional<storage::ListEntry>> add(storage::ListEntry entry) override
    {
        co_return entry;
    }
    storage::awaitable<bool> remove(std::string, storage::ListEntry::Effect, std::string) override
    {
        co_return false;
    }
    storage::awaitable<std::vector<storage::ListEntry>>
    list(std::optional<std::string>, std::optional<storage::ListEntry::Effect>) override
    {
        co_return std::vector<storage::ListEntry>{};
    }
    storage::awaitable<std::vector<storage::ListEntry>> newest(Fits, std::int64_t,
                                                               std::size_t) override
    {
        co_return std::vector<storage::ListEntry>{};
    }
    std::size_t count() const override { return entries.size(); }
    void hit(std::int64_t number, storage::WallTime) override { ++hits[number]; }

    std::vector<Entry> entries;
    std::map<std::int64_t, int> hits;
};

/// One layer with a world of its own.
struct World {
    net::TestEnv env;
    TestLists lists;
    Services services;
    std::shared_ptr<Complaints> complaints = std::make_shared<Complaints>();
    std::unique_ptr<Layer> layer;
    std::set<std::string> own_domains{"b.example"};
    mail::Mail mail;

    World()
    {
        services.env = &env;
        services.lists = &lists;
        services.is_own_domain
            = [this](const mail::Domain& domain) { return own_domains.contains(domain.ascii()); };
        mail.client.ip = ip("192.0.2.1");
        mail.client.helo = "mx.a.example";
        mail.sender = mailbox("ann@a.example");
        mail.received_at = env.wall_now();
    }
    explicit World(std::string_view name, std::string_view settings = {}) : World()
    {
        make(name, settings);
    }

    Settings read(const LayerType& type, std::string_view text)
    {
        const auto yaml = Yaml::parse(text, "m.yaml");
        if (!yaml)
            FAIL(to_string(yaml.error()));
        return Settings::read(type.name, type.settings, *yaml, complaints);
    }
    void make(std::string_view name, std::string_view settings = {})
    {
        const auto& type = type_named(name);
        layer = type.make(read(type, settings), services);
    }
    std::string said() const { return to_string(*complaints); }

    void receives(std::string_view text) { mail.message = mail::Message::from_text(text); }
    mail::Recipient recipient(std::string_view address = "bob@b.example") const
    {
        return {.address = mailbox(address)};
    }
    Findings sender() const { return std::get<Findings>(layer->inspect_sender(mail)); }
    Findings message() const { return std::get<Findings>(layer->inspect_message(mail)); }
    Findings at_rcpt(std::string_view address = "bob@b.example") const
    {
        return std::get<Findings>(layer->inspect_recipient(mail, recipient(address)));
    }
    Findings message_for(std::string_view address = "bob@b.example") const
    {
        return std::get<Findings>(layer->inspect_message_for(mail, recipient(address)));
    }
};

inline std::vector<std::string> names(const Findings& findings)
{
    std::vector<std::string> names;
    for (const auto& finding : findings)
        names.emplace_back(finding.name);
    return names;
}
inline bool has(const Findings& findings, std::string_view name)
{
    return std::any_of(findings.begin(), findings.end(),
                       [&](const mail::Finding& finding) { return finding.name == name; });
}
/// Everything a layer says is in its type, so that policies can name it.
inline bool all_declared(const Findings& findings, std::string_view layer)
{
    const auto& types = type_named(layer).findings;
    return std::all_of(findings.begin(), findings.end(), [&](const mail::Finding& finding) {
        return std::any_of(types.begin(), types.end(),
                           [&](const FindingType& type) { return type.name == finding.name; });
    });
}
using Names = std::vector<std::string>;
}
