// SPDX-License-Identifier: Apache-2.0
#include "web/api/list_rights.hpp"

#include "gateway/mail/public_suffix.hpp"
#include "web/api/list_scope.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace web {
using storage::ListEntry;

bool is_public_suffix(const ListEntry& entry)
{
    const bool is_name
        = entry.kind == ListEntry::Kind::domain || entry.kind == ListEntry::Kind::part;
    return is_name && mail::is_public_suffix(entry.text);
}

bool is_within(const storage::Reach& reach, std::string_view scope)
{
    if (scope.empty())
        return reach.is_everything();
    return scope.contains('@') ? reach.has_address(scope) : reach.has_domain(scope);
}

namespace {
using Scopes = std::expected<std::vector<std::string>, Response>;

std::unexpected<Response> no_scope()
{
    return std::unexpected{problem(404, "no such scope", "there is none that you may see")};
}

/// nullopt: the text names one scope, or all.
std::optional<Scopes> own_scopes(const Principal& principal, const std::string& text)
{
    if (text != "own" && (!text.empty() || principal.is(Role::administrator)))
        return {};
    if (principal.addresses.empty())
        return Scopes{std::unexpected{
            problem(422, "no address", "this account has no address whose mail is its own")}};
    return Scopes{principal.addresses};
}

Scopes one_scope(const Principal& principal, const std::string& text)
{
    auto scope = parse_scope(text);
    if (!scope)
        return std::unexpected{problem(400, "malformed request", scope.error().text)};
    if (scope->empty() && principal.is(Role::domain_administrator))
        return std::unexpected{problem(403, "not permitted",
                                       "entries for everyone are the administrator's; name one of "
                                       "your domains or an address in it")};
    if (!is_within(principal.reach, *scope))
        return no_scope();
    return std::vector{std::move(*scope)};
}
}

Scopes scopes_to_read(const Principal& principal, const std::string& text)
{
    if (auto own = own_scopes(principal, text))
        return std::move(*own);
    return one_scope(principal, text);
}

Scopes scopes_to_change(const Principal& principal, const std::string& text)
{
    auto scopes = scopes_to_read(principal, text);
    const bool is_whole_domain
        = scopes && !scopes->front().empty() && !scopes->front().contains('@');
    if (is_whole_domain && principal.is(Role::helpdesk))
        return std::unexpected{
            problem(403, "not permitted", "your role changes lists of users, not of domains")};
    return scopes;
}

std::string_view to_string(ListEntry::Kind kind)
{
    constexpr std::array<std::string_view, 4> names{"address", "domain", "part", "network"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view to_string(ListEntry::Effect effect)
{
    return effect == ListEntry::Effect::allow ? "allow" : "block";
}

std::optional<ListEntry::Effect> parse_effect(std::string_view text)
{
    if (text == "allow")
        return ListEntry::Effect::allow;
    if (text == "block")
        return ListEntry::Effect::block;
    return {};
}

void write_entry(JsonWriter& json, const ListEntry& entry)
{
    json.begin_object().member("list", to_string(entry.effect)).member("entry", entry.text);
    json.member("kind", to_string(entry.kind)).member("scope", scope_text(entry.scope));
    json.member("note", entry.note).member("author", entry.author).member("created", entry.created);
    json.member("hits", entry.hits)
        .member("last_hit", entry.last_hit.value_or(storage::WallTime{}));
    json.member("expires", entry.expires.value_or(storage::WallTime{})).end_object();
}

std::vector<ListEntry> merged(std::vector<ListEntry> entries)
{
    std::map<std::pair<ListEntry::Effect, std::string>, std::size_t> places;
    std::vector<ListEntry> out;
    for (auto& entry : entries) {
        const auto [place, is_new] = places.try_emplace({entry.effect, entry.text}, out.size());
        if (is_new) {
            out.push_back(std::move(entry));
            continue;
        }
        auto& first = out[place->second];
        first.hits += entry.hits;
        first.last_hit = std::max(first.last_hit, entry.last_hit);
    }
    return out;
}
}
