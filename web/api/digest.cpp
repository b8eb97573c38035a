// SPDX-License-Identifier: Apache-2.0
// Links of digests, which work without a session, and digests on demand.
#include "filters/finding_types.hpp"
#include "filters/findings_json.hpp"
#include "gateway/smtp/record.hpp"
#include "storage/desk.hpp"
#include "web/api/audit.hpp"
#include "web/api/digests.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/row_acts.hpp"
#include "web/api/sign_in.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace web {
namespace {
using storage::ListEntry;
using storage::Row;

Response no_link()
{
    return problem(410, "this link does not work", "it is too old, or it is none of ours");
}

/// What a token gives, where people have a quarantine at all.
std::optional<DigestClaim> claim_of(const Site& site, const std::string& token)
{
    if (!site.digests || !site.context->snapshot()->settings.has_quarantine)
        return {};
    return site.digests->key().read(token, site.context->env->wall_now());
}

/// Who holds a link speaks for its mailbox, as a user would who has that address alone.
Principal holder_of(const DigestClaim& claim, const Principal& visitor)
{
    Principal holder;
    holder.name = claim.address;
    holder.role = Role::user;
    holder.addresses = {claim.address};
    holder.reach = holder.own();
    holder.scopes = all_scopes;
    holder.client = visitor.client;
    return holder;
}

/// Still there and still that address's; none: it was dealt with, or is gone.
awaitable<std::vector<Row>> row_of(Site& site, DigestClaim claim)
{
    return rows_of(site, storage::Reach::only({}, {claim.address}),
                   {claim.row.mail, claim.row.number});
}

/// The author whom lists compare (features I5): the one mailbox of From, else the envelope.
awaitable<std::string> author_of(Site& site, Row row)
{
    const auto message = co_await site.context->store->message(row.id.mail);
    if (const auto* from = message.header().find("From")) {
        const auto list = mail::parse_address_list(from->value);
        if (list.entries.size() == 1)
            co_return list.entries.front().mailbox.key();
    }
    co_return row.sender ? row.sender->key() : std::string{};
}

/// The entry that allows or blocks the author; nullopt: the message names nobody whom one could
/// mean.
awaitable<std::optional<ListEntry>> entry_about(Site& site, Principal holder, Row row,
                                                ListEntry::Effect effect)
{
    auto entry = storage::parse_list_entry(co_await author_of(site, std::move(row)));
    if (!entry || entry->kind != ListEntry::Kind::address)
        co_return std::nullopt;
    entry->effect = effect;
    entry->scope = entry->author = holder.name;
    entry->created = site.context->env->wall_now();
    entry->note = "digest";
    co_return std::move(*entry);
}

awaitable<void> add_entry(Site& site, ListEntry entry, bool& is_added)
{
    is_added = (co_await site.context->lists->add(std::move(entry))).has_value();
}

/// Behind the act on the message, which is over. False: the list is full, or cannot be changed now.
awaitable<bool> put_on_list(Site& site, Principal holder, ListEntry entry)
{
    const std::string act = entry.effect == ListEntry::Effect::allow ? "allow add" : "block add";
    bool is_added = false;
    try {
        co_await audit(site, holder, act, entry.text + " (user:" + holder.name + ")");
        co_await audited(site, holder, act, add_entry(site, entry, is_added));
    } catch (const storage::Unavailable& error) {
        spdlog::error("digest link: no entry for {}: {}", smtp::escaped(holder.name), error.what());
        co_return false;
    }
    co_await audit_outcome(site, std::move(holder), act,
                           is_added ? "added" : "failed: the list is full");
    co_return is_added;
}
}

namespace {
/// Why it is held, in both languages; empty: by its points, or nothing is known any more.
struct Why {
    std::string english = {}, japanese = {};
};

awaitable<Why> why_held(Site& site, DigestClaim claim, std::string reason)
{
    const auto held = held_for(reason);
    const auto* type = filters::finding_type(held.rule);
    if (!type)
        co_return Why{};
    std::string detail{held.detail};
    const auto history = co_await site.desk->history({.id = claim.row.mail},
                                                     storage::Reach::only({}, {claim.address}), {});
    for (const auto& row : history)
        if (auto facts = filters::parse_findings_json(row.findings); facts && row.id == claim.row)
            for (auto& fact : *facts)
                if (detail.empty() && fact.name == held.rule)
                    detail = std::move(fact.detail);
    co_return Why{filters::filled(type->english, detail), filters::filled(type->japanese, detail)};
}

/// The score and the reason, for who looks before deciding; no text, for nobody has signed in.
awaitable<void> write_details(Site& site, const DigestClaim& claim, const Row& row,
                              JsonWriter& json)
{
    const auto why = co_await why_held(site, claim, row.reason);
    json.member("score", row.score).key("why").begin_object();
    json.member("en", why.english).member("ja", why.japanese).end_object();
}
}

awaitable<Response> get_digest_action(Site& site, Principal, Request request)
{
    const auto claim = claim_of(site, request.text("d"));
    if (!claim)
        co_return no_link();
    const auto rows = co_await row_of(site, *claim);
    JsonWriter json;
    json.begin_object().member("recipient", claim->address);
    json.member("subject", rows.empty() ? "" : rows.front().subject);
    json.member("from", rows.empty() ? "" : rows.front().from);
    json.key("date");
    (rows.empty() ? json.null() : json.time(rows.front().received_at));
    if (!rows.empty() && rows.front().state == storage::RowState::held)
        co_await write_details(site, *claim, rows.front(), json);
    json.key("actions").begin_array();
    for (const auto action :
         rows.empty() ? std::vector<std::string_view>{} : digest_actions(rows.front()))
        json.text(action);
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_digest_action(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    const auto claim = body ? claim_of(site, text_member(*body, "d").value_or("")) : std::nullopt;
    if (!claim)
        co_return no_link();
    const auto action = text_member(*body, "action").value_or("");
    auto rows = co_await row_of(site, *claim);
    const auto subject = rows.empty() ? std::string{} : rows.front().subject;
    const auto dealt_with
        = [] { return problem(409, "dealt with already", "this message is no longer held"); };
    if (rows.empty() || rows.front().state != storage::RowState::held)
        co_return dealt_with();
    const auto actions = digest_actions(rows.front());
    if (std::ranges::find(actions, action) == actions.end())
        co_return problem(403, "not permitted", "this cannot be done with this message");
    const auto holder = holder_of(*claim, principal);
    std::optional<ListEntry> entry;
    if (action == "allow" || action == "block") {
        const auto effect = action == "allow" ? ListEntry::Effect::allow : ListEntry::Effect::block;
        entry = co_await entry_about(site, holder, rows.front(), effect);
        if (!entry)
            co_return problem(422, "not taken", "the message names no sender");
    }
    co_await audit(site, holder, "digest link", action + " " + claim->row.to_string());
    const bool is_delivery = action == "deliver" || action == "allow";
    const auto changed = co_await act_on(
        site, holder, {"quarantine", is_delivery ? "release" : "delete"}, std::move(rows));
    if (changed == 0)
        co_return dealt_with();
    const bool is_listed = !entry || co_await put_on_list(site, holder, std::move(*entry));
    JsonWriter json;
    json.begin_object().member("changed", changed).member("listed", is_listed);
    json.member("subject", subject).end_object();
    co_return json_response(json.take());
}

namespace {
/// Addresses of an account's name, or the address itself; none: there is no such person.
awaitable<std::vector<std::string>> addresses_of(Site& site, std::string name)
{
    if (const auto mailbox = mail::Mailbox::parse(name))
        co_return std::vector{mailbox->key()};
    const auto account = co_await site.sign_in->accounts().find(account_name(name));
    co_return account ? account->addresses : std::vector<std::string>{};
}

Response outcomes_of(const std::vector<DigestOutcome>& outcomes)
{
    JsonWriter json;
    json.begin_object().key("digests").begin_array();
    for (const auto& one : outcomes) {
        json.begin_object().member("address", one.address).member("messages", one.messages);
        json.member("language", one.language).member("sent", one.is_sent);
        json.member("problem", one.problem).end_object();
    }
    return json_response(json.end_array().end_object().take());
}
}

awaitable<Response> post_digests(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body.empty() ? "{}" : request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    if (!site.digests || !site.digests->is_offered())
        co_return problem(409, "no digests",
                          "people have no quarantine (people.quarantine), or there are no pages for"
                          " links to lead to (web.address, web.url)");
    Digests::Order order{{}, is_member_true(*body, "dry_run")};
    const auto name = text_member(*body, "user").value_or("");
    if (!name.empty()) {
        order.addresses = co_await addresses_of(site, name);
        if (order.addresses.empty())
            co_return problem(404, "no such account");
    }
    const std::string act = "quarantine digest";
    if (!order.is_rehearsal)
        co_await audit(site, principal, act, name.empty() ? "all" : name);
    const auto outcomes = co_await site.digests->send(std::move(order));
    if (!outcomes)
        co_return problem(503, "busy", "digests are being sent; try again in a minute");
    const auto sent = std::ranges::count_if(*outcomes, &DigestOutcome::is_sent);
    if (!is_member_true(*body, "dry_run"))
        co_await audit_outcome(site, std::move(principal), act, std::to_string(sent) + " sent");
    co_return outcomes_of(*outcomes);
}
}
