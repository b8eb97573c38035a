// SPDX-License-Identifier: Apache-2.0
#include "storage/lists.hpp"

#include "filters/units.hpp"
#include "gateway/mail/ascii.hpp"
#include "storage/list_bounds.hpp"
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/list_rights.hpp"
#include "web/api/list_scope.hpp"
#include "web/api/routes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace web {
using storage::ListEntry;

namespace {
/// The entry that a body or a query describes.
std::expected<ListEntry, std::string> entry_of(const std::string& list, const std::string& text)
{
    const auto effect = parse_effect(list);
    if (!effect)
        return std::unexpected{"list: allow or block"};
    auto entry = storage::parse_list_entry(text);
    if (!entry)
        return std::unexpected{entry.error().text};
    entry->effect = *effect;
    return std::move(*entry);
}

std::string act_on(const ListEntry& entry, std::string_view act)
{
    return std::string{to_string(entry.effect)} + " " + std::string{act};
}

std::string name_of(const ListEntry& entry)
{
    return entry.text + " (" + std::string{scope_text(entry.scope)} + ")";
}

std::string full_text(std::string_view scope)
{
    return fmt::format("the lists of {} hold {} entries and take no more; remove some first",
                       scope_text(scope), storage::most_list_entries(scope));
}

/// The same entry in each of the scopes; becomes what is stored for the first. `full`: a scope
/// that has no room.
awaitable<void> add_entry(Site& site, std::vector<std::string> scopes, ListEntry& entry,
                          std::optional<std::string>& full)
{
    std::optional<ListEntry> first;
    for (const auto& scope : scopes) {
        entry.scope = scope;
        auto stored = co_await site.context->lists->add(entry);
        if (!stored)
            full = scope;
        else if (!first)
            first = std::move(stored);
    }
    if (first)
        entry = std::move(*first);
}

awaitable<void> remove_entry(Site& site, std::vector<std::string> scopes, ListEntry entry,
                             bool& is_removed)
{
    for (auto& scope : scopes) {
        const bool is_gone
            = co_await site.context->lists->remove(std::move(scope), entry.effect, entry.text);
        is_removed = is_removed || is_gone;
    }
}

/// "30 days" from now, or a date; nullopt: it is neither.
std::optional<storage::WallTime> expiry_of(const std::string& text, storage::WallTime now)
{
    const auto span = filters::parse_duration(text);
    return span ? std::optional{now + *span} : parse_moment(text, now);
}

/// Entries of the scopes asked for.
awaitable<std::vector<ListEntry>> entries_of(Site& site, std::vector<std::string> scopes,
                                             std::optional<ListEntry::Effect> effect)
{
    std::vector<ListEntry> entries;
    for (const auto& scope : scopes)
        for (auto& entry : co_await site.context->lists->list(scope, effect))
            entries.push_back(std::move(entry));
    co_return entries;
}

/// `next`: where more of them begin; 0: nowhere.
std::string entries_text(const std::vector<ListEntry>& entries, std::int64_t next)
{
    JsonWriter json;
    json.begin_object().key("entries").begin_array();
    for (const auto& entry : entries)
        write_entry(json, entry);
    json.end_array().key("next");
    next > 0 ? json.text(std::to_string(next)) : json.null();
    return json.end_object().take();
}

std::string folded(std::string_view text)
{
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), mail::to_lower);
    return lower;
}

/// Which entries of all scopes a page of them shows.
struct EntryFilter {
    storage::Reach reach;
    std::optional<ListEntry::Effect> effect;
    std::string text; ///< in what is said of an entry; "" any
    std::string whose; ///< "global", "domain", "user"; "" any
    std::optional<storage::WallTime> now; ///< those that ended before are left out

    bool operator()(const ListEntry& entry) const
    {
        if (!is_within(reach, entry.scope) || (effect && entry.effect != *effect)
            || (now && entry.expires && *entry.expires <= *now))
            return false;
        const auto scope = scope_text(entry.scope);
        if (!scope.starts_with(whose))
            return false;
        return text.empty()
            || folded(entry.text + ' ' + entry.note + ' ' + scope + ' ' + entry.author)
                   .contains(text);
    }
};

/// A page of the entries of all scopes within reach.
awaitable<Response> entries_of_all(Site& site, Principal principal, Request request)
{
    EntryFilter filter{.reach = std::move(principal.reach),
                       .effect = parse_effect(request.text("list")),
                       .text = folded(request.text("text")),
                       .whose = request.text("whose"),
                       .now = {}};
    if (request.text("live") == "true")
        filter.now = site.context->env->wall_now();
    const auto limit = request.limit();
    const auto after = filters::parse_number(request.text("after")).value_or(0);
    if (after < 0)
        co_return problem(400, "malformed request", "after: the \"next\" of a page");
    auto& lists = *site.context->lists;
    const auto entries = co_await lists.newest(std::move(filter), after, limit);
    auto text = co_await site.context->pool->run([&entries, limit] {
        return entries_text(entries, entries.size() == limit ? entries.back().number : 0);
    });
    co_return json_response(std::move(text));
}
}

awaitable<Response> get_lists(Site& site, Principal principal, Request request)
{
    const auto list = request.text("list");
    if (!list.empty() && !parse_effect(list))
        co_return problem(400, "malformed request", "list: allow or block");
    const bool is_own = principal.is(Role::user) || request.text("scope") == "own"
        || request.text("mine") == "true";
    const auto scope = request.text("scope");
    if (!is_own && scope.empty())
        co_return co_await entries_of_all(site, std::move(principal), std::move(request));
    auto scopes = scopes_to_read(principal, scope.empty() ? "own" : scope);
    if (!scopes)
        co_return scopes.error();
    auto entries = co_await entries_of(site, std::move(*scopes), parse_effect(list));
    // There may be very many.
    auto text = co_await site.context->pool->run([&entries, is_own] {
        return entries_text(is_own ? merged(std::move(entries)) : entries, 0);
    });
    co_return json_response(std::move(text));
}

awaitable<Response> post_list_entry(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    const auto text = [&](std::string_view name) { return text_member(*body, name).value_or(""); };
    auto entry = entry_of(text("list"), text("entry"));
    if (!entry)
        co_return problem(400, "malformed request", entry.error());
    auto scopes = scopes_to_change(principal, text("scope"));
    if (!scopes)
        co_return scopes.error();
    const auto now = site.context->env->wall_now();
    entry->scope = scopes->front();
    entry->author = principal.name;
    entry->created = now;
    entry->note = text("note").substr(0, 512);
    if (const auto expires = text("expires"); !expires.empty()) {
        entry->expires = expiry_of(expires, now);
        if (!entry->expires)
            co_return problem(400, "malformed request", "expires: \"30 days\" or a date");
    }
    const auto act = act_on(*entry, "add");
    co_await audit(site, principal, act, name_of(*entry));
    std::optional<std::string> full;
    co_await audited(site, principal, act, add_entry(site, std::move(*scopes), *entry, full));
    if (full) {
        co_await audit_outcome(site, std::move(principal), act, "failed: the list is full");
        co_return problem(422, "list full", full_text(*full));
    }
    co_await audit_outcome(site, std::move(principal), act, "added");
    JsonWriter json;
    write_entry(json, *entry);
    co_return json_response(json.take(), 201);
}

awaitable<Response> delete_list_entry(Site& site, Principal principal, Request request)
{
    auto entry = entry_of(request.text("list"), request.text("entry"));
    if (!entry)
        co_return problem(400, "malformed request", entry.error());
    auto scopes = scopes_to_change(principal, request.text("scope"));
    if (!scopes)
        co_return scopes.error();
    entry->scope = scopes->front();
    const auto act = act_on(*entry, "remove");
    co_await audit(site, principal, act, name_of(*entry));
    bool is_removed = false;
    co_await audited(site, principal, act,
                     remove_entry(site, std::move(*scopes), *entry, is_removed));
    if (!is_removed) {
        co_await audit_outcome(site, std::move(principal), act, "failed: no such entry");
        co_return problem(404, "no such entry", "that scope has no such entry in this list");
    }
    co_await audit_outcome(site, std::move(principal), act, "removed");
    co_return json_response("{\"removed\":true}");
}

namespace {
awaitable<void> add_one(Site& site, ListEntry entry, ImportLine& line, std::size_t& added)
{
    const auto scope = entry.scope;
    if (co_await site.context->lists->add(std::move(entry)))
        ++added;
    else
        line.problem = full_text(scope);
}

/// Many at once, so that one commit serves many.
awaitable<void> add_all(Site& site, std::vector<ImportLine>& lines, std::string author,
                        std::size_t& added)
{
    constexpr std::size_t at_once = 256;
    const auto now = site.context->env->wall_now();
    for (std::size_t at = 0; at < lines.size();) {
        std::vector<awaitable<void>> work;
        for (; at < lines.size() && work.size() < at_once; ++at) {
            if (!lines[at].problem.empty())
                continue;
            auto entry = lines[at].entry;
            entry.author = author;
            entry.created = now;
            work.push_back(add_one(site, std::move(entry), lines[at], added));
        }
        co_await net::all(std::move(work));
        co_await net::yield(); // a list that is full takes no time to say so
    }
}

/// Records what came of it, also where only a part of the lines could be stored.
awaitable<void> import(Site& site, Principal principal, std::vector<ImportLine>& lines,
                       std::string scope, std::size_t& added)
{
    const std::string act = "import lists";
    co_await audit(site, principal, act, std::to_string(lines.size()) + " lines (" + scope + ")");
    co_await audited(site, principal, act, add_all(site, lines, principal.name, added));
    co_await audit_outcome(site, std::move(principal), act,
                           std::to_string(added) + " of " + std::to_string(lines.size())
                               + " lines added");
}

std::string import_report(const std::vector<ImportLine>& lines, std::size_t added,
                          bool is_rehearsal)
{
    std::size_t wrong = 0;
    JsonWriter json;
    json.begin_object().key("lines").begin_array();
    for (const auto& line : lines) {
        json.begin_object().member("line", line.line).member("entry", line.entry.text);
        json.member("list", to_string(line.entry.effect));
        json.member("scope", scope_text(line.entry.scope));
        json.member("problem", line.problem).end_object();
        wrong += line.problem.empty() ? 0 : 1;
    }
    json.end_array().member("added", added).member("wrong", wrong);
    return json.member("dry_run", is_rehearsal).end_object().take();
}

/// Entries of scopes that the principal may not change become wrong lines.
void hold_to_reach(std::vector<ImportLine>& lines, const Principal& principal)
{
    for (auto& line : lines)
        if (line.problem.empty()
            && !scopes_to_change(principal, std::string{scope_text(line.entry.scope)}))
            line.problem = "you may not change the lists of this scope";
}
}

awaitable<Response> post_list_import(Site& site, Principal principal, Request request)
{
    auto scopes = scopes_to_change(principal, request.text("scope"));
    if (!scopes)
        co_return scopes.error();
    const auto scope = scopes->front();
    const bool is_rehearsal = request.text("dry_run") == "true";
    const auto now = site.context->env->wall_now();
    auto lines = co_await site.context->pool->run([&request, &scope, &principal, now] {
        auto read = parse_list_csv(request.body, scope, now);
        hold_to_reach(read, principal);
        return read;
    });
    std::size_t added = 0;
    if (!is_rehearsal)
        co_await import(site, std::move(principal), lines, std::string{scope_text(scope)}, added);
    auto report = co_await site.context->pool->run(
        [&lines, added, is_rehearsal] { return import_report(lines, added, is_rehearsal); });
    co_return json_response(std::move(report));
}
}
