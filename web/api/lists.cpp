// SPDX-License-Identifier: Apache-2.0
#include "storage/lists.hpp"

#include "filters/blocklist.hpp"
#include "filters/units.hpp"
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/list_scope.hpp"
#include "web/api/routes.hpp"

#include <array>

namespace web {
using storage::ListEntry;

namespace {
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

/// The entry that a body or a query describes.
std::expected<ListEntry, std::string> entry_of(const std::string& list, const std::string& scope,
                                               const std::string& text)
{
    const auto effect = parse_effect(list);
    if (!effect)
        return std::unexpected{"list: allow or block"};
    auto entry = storage::parse_list_entry(text);
    if (!entry)
        return std::unexpected{entry.error().text};
    auto parsed = parse_scope(scope);
    if (!parsed)
        return std::unexpected{parsed.error().text};
    entry->effect = *effect;
    entry->scope = std::move(*parsed);
    return std::move(*entry);
}

/// What the local block list says of an address: list, line, age, hits (features I7).
void write_network(JsonWriter& json, const Site& site, const mail::Ip& client)
{
    const auto answer = filters::Blocklist::of(*site.context->services)
                            ->test(client, site.context->lists, site.context->env->wall_now());
    json.key("networks").begin_array();
    if (answer) {
        json.begin_object().member("effect", answer->is_allowed ? "allow" : "block");
        json.member("network", answer->network.to_string()).member("list", answer->list);
        json.member("line", answer->line).member("changed", answer->list_changed);
        json.member("hits", answer->hits.count).member("last_hit", answer->hits.last).end_object();
    }
    json.end_array();
}

std::string act_on(const ListEntry& entry, std::string_view act)
{
    return std::string{to_string(entry.effect)} + " " + std::string{act};
}

std::string name_of(const ListEntry& entry)
{
    return entry.text + " (" + std::string{scope_text(entry.scope)} + ")";
}

/// The entry becomes what is stored.
awaitable<void> add_entry(Site& site, ListEntry& entry)
{
    entry = co_await site.context->lists->add(entry);
}

awaitable<void> remove_entry(Site& site, const ListEntry& entry, bool& is_removed)
{
    is_removed = co_await site.context->lists->remove(entry.scope, entry.effect, entry.text);
}
}

awaitable<Response> get_lists(Site& site, Principal, Request request)
{
    std::optional<std::string> scope;
    if (const auto text = request.text("scope"); !text.empty()) {
        auto parsed = parse_scope(text);
        if (!parsed)
            co_return problem(400, "malformed request", parsed.error().text);
        scope = std::move(*parsed);
    }
    const auto list = request.text("list");
    if (!list.empty() && !parse_effect(list))
        co_return problem(400, "malformed request", "list: allow or block");
    const auto entries = co_await site.context->lists->list(scope, parse_effect(list));
    JsonWriter json;
    json.begin_object().key("entries").begin_array();
    for (const auto& entry : entries)
        write_entry(json, entry);
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_list_entry(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    const auto text = [&](std::string_view name) { return text_member(*body, name).value_or(""); };
    auto entry = entry_of(text("list"), text("scope"), text("entry"));
    if (!entry)
        co_return problem(400, "malformed request", entry.error());
    const auto now = site.context->env->wall_now();
    entry->author = principal.name;
    entry->created = now;
    entry->note = text("note").substr(0, 512);
    if (const auto expires = text("expires"); !expires.empty()) {
        // "30 days" from now, or a date.
        const auto span = filters::parse_duration(expires);
        entry->expires = span ? std::optional{now + *span} : parse_moment(expires, now);
        if (!entry->expires)
            co_return problem(400, "malformed request", "expires: \"30 days\" or a date");
    }
    const auto act = act_on(*entry, "add");
    co_await audit(site, principal, act, name_of(*entry));
    co_await audited(site, std::move(principal), act, add_entry(site, *entry));
    JsonWriter json;
    write_entry(json, *entry);
    co_return json_response(json.take(), 201);
}

awaitable<Response> delete_list_entry(Site& site, Principal principal, Request request)
{
    const auto entry = entry_of(request.text("list"), request.text("scope"), request.text("entry"));
    if (!entry)
        co_return problem(400, "malformed request", entry.error());
    const auto act = act_on(*entry, "remove");
    co_await audit(site, principal, act, name_of(*entry));
    bool is_removed = false;
    co_await audited(site, principal, act, remove_entry(site, *entry, is_removed));
    if (!is_removed) {
        co_await audit_outcome(site, std::move(principal), act, "failed: no such entry");
        co_return problem(404, "no such entry", "that scope has no such entry in this list");
    }
    co_return json_response("{\"removed\":true}");
}

awaitable<Response> get_list_test(Site& site, Principal, Request request)
{
    const auto sender = mail::Mailbox::parse(request.text("sender"));
    const auto recipient = mail::Mailbox::parse(request.text("recipient"));
    const auto client = mail::Ip::parse(request.text("client"));
    if (!sender && !client)
        co_return problem(400, "malformed request", "sender: an address, or client: an IP address");
    std::vector<std::string> scopes{""};
    if (recipient)
        scopes = {"", recipient->domain().ascii(), recipient->key()};
    const auto lists = site.context->lists->snapshot();
    const mail::ReversePath path = sender ? mail::ReversePath{*sender} : std::nullopt;
    JsonWriter json;
    json.begin_object().key("matches").begin_array();
    for (const auto& scope : scopes)
        for (const auto& match : lists->matches(scope, path, client ? &*client : nullptr,
                                                site.context->env->wall_now()))
            write_entry(json, match.entry);
    json.end_array();
    if (client)
        write_network(json, site, *client);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> get_list_preview(Site& site, Principal, Request request)
{
    constexpr std::size_t page = 1000, most = 50'000;
    const auto entry = storage::parse_list_entry(request.text("entry"));
    if (!entry)
        co_return problem(400, "malformed request", entry.error().text);
    storage::HistoryQuery query;
    query.limit = page;
    std::size_t looked_at = 0, hit = 0;
    const auto is_hit = [&](const storage::HistoryRow& row) {
        const auto sender = mail::Mailbox::parse(row.sender);
        if (entry->kind == ListEntry::Kind::network) {
            const auto network = mail::Network::parse(entry->text);
            const auto ip = mail::Ip::parse(row.client);
            return network && ip && network->contains(*ip);
        }
        if (!sender)
            return false;
        if (entry->kind == ListEntry::Kind::address)
            return sender->key() == entry->text;
        const auto domain = mail::Domain::parse(entry->text);
        return domain
            && (entry->kind == ListEntry::Kind::part ? sender->domain().is_within(*domain)
                                                     : sender->domain() == *domain);
    };
    for (bool is_more = true; is_more && looked_at < most;) {
        const auto rows = co_await site.context->history->search(query);
        for (const auto& row : rows)
            hit += is_hit(row) ? 1 : 0;
        looked_at += rows.size();
        is_more = rows.size() == page;
        if (is_more)
            query.after = rows.back().id;
    }
    JsonWriter json;
    json.begin_object().member("kind", to_string(entry->kind)).member("entry", entry->text);
    json.member("would_have_hit", hit).member("looked_at", looked_at).end_object();
    co_return json_response(json.take());
}

namespace {
awaitable<void> add_one(Site& site, ListEntry entry, std::size_t& added)
{
    co_await site.context->lists->add(std::move(entry));
    ++added;
}

/// Many at once, so that one commit serves many.
awaitable<void> add_all(Site& site, const std::vector<ImportLine>& lines, std::string author,
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
            work.push_back(add_one(site, std::move(entry), added));
        }
        co_await net::all(std::move(work));
    }
}

/// Records what came of it, also where only a part of the lines could be stored.
awaitable<void> import(Site& site, Principal principal, const std::vector<ImportLine>& lines,
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
}

awaitable<Response> post_list_import(Site& site, Principal principal, Request request)
{
    const auto scope = parse_scope(request.text("scope"));
    if (!scope)
        co_return problem(400, "malformed request", scope.error().text);
    const bool is_rehearsal = request.text("dry_run") == "true";
    const auto now = site.context->env->wall_now();
    const auto lines = co_await site.context->pool->run(
        [&request, &scope, now] { return parse_list_csv(request.body, *scope, now); });
    std::size_t added = 0;
    if (!is_rehearsal)
        co_await import(site, std::move(principal), lines, std::string{scope_text(*scope)}, added);
    auto report = co_await site.context->pool->run(
        [&lines, added, is_rehearsal] { return import_report(lines, added, is_rehearsal); });
    co_return json_response(std::move(report));
}
}
