// SPDX-License-Identifier: Apache-2.0
// What entries do, and what a new one would have done.
#include "filters/blocklist.hpp"
#include "gateway/mail/header.hpp"
#include "web/api/list_rights.hpp"
#include "web/api/list_scope.hpp"
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"

#include <array>

namespace web {
using storage::ListEntry;

namespace {
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

/// Who is not the owner of an entry learns that it fits, not who wrote it and why.
ListEntry as_shown(ListEntry entry, const storage::Reach& reach)
{
    if (is_within(reach, entry.scope))
        return entry;
    entry.note.clear();
    entry.author.clear();
    entry.hits = 0;
    entry.last_hit.reset();
    return entry;
}

/// The recipient whose lists are asked: the one that is named, else the person's first address.
std::expected<std::optional<mail::Mailbox>, Response> tested_recipient(const Principal& principal,
                                                                       const Request& request)
{
    auto text = request.text("recipient");
    if (text.empty() && !principal.is(Role::administrator) && !principal.addresses.empty())
        text = principal.addresses.front();
    if (text.empty())
        return std::nullopt;
    auto recipient = mail::Mailbox::parse(text);
    if (!recipient)
        return std::unexpected{problem(400, "malformed request", recipient.error().text)};
    if (!principal.reach.has_address(recipient->key()))
        return std::unexpected{problem(404, "no such recipient", "none that you may see")};
    return std::optional{std::move(*recipient)};
}

/// Entries by the envelope's sender or the header From, as the layer of lists compares them.
class Wanted {
public:
    explicit Wanted(const ListEntry& entry)
        : entry_{entry}, network_{mail::Network::parse(entry.text)}
    {
        if (auto domain = mail::Domain::parse(entry.text))
            domain_ = std::move(*domain);
    }
    bool fits(const storage::HistoryRow& row) const
    {
        if (entry_.kind == ListEntry::Kind::network) {
            const auto ip = mail::Ip::parse(row.client);
            return network_ && ip && network_->contains(*ip);
        }
        return fits_address(row.sender) || fits_address(author_of(row.from));
    }

private:
    static std::string_view author_of(std::string_view from)
    {
        const auto open = from.rfind('<'), close = from.rfind('>');
        return open == from.npos || close == from.npos || close < open
            ? from
            : from.substr(open + 1, close - open - 1);
    }
    bool fits_address(std::string_view text) const
    {
        const auto mailbox = mail::Mailbox::parse(text);
        if (!mailbox)
            return false;
        if (entry_.kind == ListEntry::Kind::address)
            return mailbox->key() == entry_.text;
        return domain_ && mailbox->domain().is_within(*domain_);
    }
    const ListEntry& entry_;
    std::optional<mail::Network> network_;
    std::optional<mail::Domain> domain_;
};

/// What happened to the mail that an entry fits.
struct Past {
    std::size_t looked_at = 0, hit = 0;
    std::array<std::size_t, 6> actions{}; ///< by mail::Action
};

awaitable<Past> past_of(Site& site, storage::Reach reach, ListEntry entry)
{
    constexpr std::size_t page = 1000, most = 50'000;
    constexpr std::chrono::days span{30};
    const Wanted wanted{entry};
    storage::HistoryQuery query;
    query.limit = page;
    query.since = site.context->env->wall_now() - span;
    if (entry.kind == ListEntry::Kind::address)
        query.text = entry.text;
    Past past;
    for (bool is_more = true; is_more && past.looked_at < most;) {
        const auto rows = co_await site.desk->history(query, reach);
        for (const auto& row : rows)
            if (wanted.fits(row)) {
                ++past.hit;
                ++past.actions[static_cast<std::size_t>(row.action)];
            }
        past.looked_at += rows.size();
        is_more = rows.size() == page;
        if (is_more)
            query.after = rows.back().id;
    }
    co_return past;
}
}

awaitable<Response> get_list_test(Site& site, Principal principal, Request request)
{
    const auto sender = mail::Mailbox::parse(request.text("sender"));
    const auto client = mail::Ip::parse(request.text("client"));
    if (!sender && !client)
        co_return problem(400, "malformed request", "sender: an address, or client: an IP address");
    const auto recipient = tested_recipient(principal, request);
    if (!recipient)
        co_return recipient.error();
    std::vector<std::string> scopes{""};
    if (*recipient)
        scopes = {"", (*recipient)->domain().ascii(), (*recipient)->key()};
    const auto lists = site.context->lists->snapshot();
    const mail::ReversePath path = sender ? mail::ReversePath{*sender} : std::nullopt;
    std::optional<ListEntry::Effect> decision; // the first match of the ladder decides
    JsonWriter json;
    json.begin_object().key("matches").begin_array();
    for (const auto& scope : scopes)
        for (const auto& match : lists->matches(scope, path, client ? &*client : nullptr,
                                                site.context->env->wall_now())) {
            write_entry(json, as_shown(match.entry, principal.reach));
            decision = decision.value_or(match.entry.effect);
        }
    json.end_array().key("decision");
    decision ? json.text(to_string(*decision)) : json.null();
    if (client)
        write_network(json, site, *client);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> get_list_preview(Site& site, Principal principal, Request request)
{
    auto entry = storage::parse_list_entry(request.text("entry"));
    if (!entry)
        co_return problem(400, "malformed request", entry.error().text);
    auto reach = reach_of(principal, request);
    if (const auto text = request.text("scope"); !text.empty() && text != "global") {
        const auto scopes = scopes_to_read(principal, text);
        if (!scopes)
            co_return scopes.error();
        const bool is_domain = !scopes->front().contains('@');
        reach = is_domain ? storage::Reach::only(*scopes, {}) : storage::Reach::only({}, *scopes);
    }
    co_await site.context->history->settle();
    const auto kind = entry->kind;
    const auto text = entry->text;
    const bool is_wide = is_public_suffix(*entry);
    const auto past = co_await past_of(site, std::move(reach), std::move(*entry));
    JsonWriter json;
    json.begin_object().member("kind", to_string(kind)).member("entry", text);
    json.member("public_suffix", is_wide);
    json.member("would_have_hit", past.hit).member("looked_at", past.looked_at);
    json.key("actions").begin_object();
    for (std::size_t i = 0; i < past.actions.size(); ++i)
        json.member(mail::to_string(static_cast<mail::Action>(i)), past.actions[i]);
    json.end_object().end_object();
    co_return json_response(json.take());
}
}
