// SPDX-License-Identifier: Apache-2.0
#include "web/api/row_acts.hpp"

#include "filters/finding_types.hpp"
#include "filters/reputation.hpp"
#include "gateway/mail/account.hpp"
#include "web/api/audit.hpp"
#include "web/api/teaching.hpp"

#include <spdlog/spdlog.h>

namespace web {
using storage::Row;
using storage::RowId;

namespace {
constexpr std::size_t page = 500;
constexpr std::size_t most_thrown_away = 500'000; ///< of one deletion, to be fetched back
constexpr std::size_t most_taught = 100; ///< by one decision
constexpr double weight_of_staff = 3, weight_of_user = 1; // the judgement that is undone counted 1

bool is_staff(const Principal& principal)
{
    return principal.is(Role::administrator) || principal.is(Role::domain_administrator);
}

std::vector<RowId> ids_of(const std::vector<Row>& rows)
{
    std::vector<RowId> ids;
    for (const auto& row : rows)
        ids.push_back(row.id);
    return ids;
}

/// One row of each mail on which somebody decided. A mail that was held whatever is in it teaches
/// nothing.
std::vector<const Row*> decided(const std::vector<Row>& rows)
{
    std::vector<const Row*> mails;
    std::set<mail::MailId> seen;
    for (const auto& row : rows)
        if (seen.insert(row.id.mail).second && !is_held_for_itself(row))
            mails.push_back(&row);
    return mails;
}

/// Who releases a held mail says that its client was misjudged; a release of many at once says
/// less.
void learn_release(Site& site, const Principal& principal, const std::vector<Row>& rows)
{
    if (!site.context->services->ledgers || rows.size() > most_taught)
        return;
    filters::Reputation reputation{site.context->services->ledgers->reputation};
    for (const auto* row : decided(rows))
        reputation.learn(filters::reputation_keys(row->client), filters::Lesson::good,
                         is_staff(principal) ? weight_of_staff : weight_of_user,
                         site.context->env->wall_now());
}

/// What cannot be learnt is for the log. A decision on some says less of each, one on very many
/// nothing. Returns the mails of which it was news.
awaitable<std::vector<std::string>> teach_all(Site& site, const Principal& principal, bool is_spam,
                                              const std::vector<Row>& rows)
{
    constexpr std::size_t few = 10;
    std::vector<std::string> news;
    if (rows.size() > most_taught)
        co_return news;
    const auto mails = decided(rows);
    for (const auto* row : mails) {
        const auto recipient = mail::Mailbox::parse(row->address);
        const bool is_own_voice = !is_staff(principal) && recipient;
        try {
            const auto taught
                = co_await teach(site,
                                 {row->id.mail, is_spam, is_own_voice ? recipient->to_string() : "",
                                  mails.size() > few});
            if (taught == Taught::learnt)
                news.push_back(row->id.to_string());
        } catch (const std::exception& error) {
            spdlog::error("the decision on {} teaches nothing: {}", row->id.mail.to_string(),
                          error.what());
        }
    }
    co_return news;
}

/// "spam" and "ham" change no row: they are recorded where somebody learnt of them, so that who
/// says the same again and again fills nothing.
awaitable<std::size_t> say_opinion(Site& site, Principal principal, RowAct act,
                                   std::vector<Row> rows)
{
    const auto news = co_await teach_all(site, principal, act.verb == "spam", rows);
    if (!news.empty())
        co_await audit(site, std::move(principal), act.name(), news);
    co_return rows.size();
}

std::string note_of(const RowAct& act, const Principal& principal)
{
    const std::string by = is_staff(principal) ? "an administrator"
        : principal.is(Role::helpdesk)         ? "the helpdesk"
                                               : "the recipient";
    if (act.verb == "hold")
        return "held by " + by;
    if (act.verb == "release")
        return "released by " + by;
    return act.verb == "delete" ? "deleted by " + by : "";
}

/// On the pages what is deleted can be fetched back for a while.
bool is_throwing_away(const Principal& principal, const RowAct& act)
{
    const bool is_command = principal.account == 0 && principal.is(Role::administrator);
    return !is_command && act.place == "quarantine" && act.verb == "delete";
}

void note_thrown_away(const std::vector<Row>& rows, std::vector<RowId>& thrown_away)
{
    for (const auto& row : rows)
        if (thrown_away.size() < most_thrown_away)
            thrown_away.push_back(row.id);
}

awaitable<std::size_t> changed_by(Site& site, const Principal& principal, const RowAct& act,
                                  std::vector<RowId> rows)
{
    auto& store = *site.context->store;
    const auto now = site.context->env->wall_now();
    if (act.verb == "retry")
        co_return co_await store.retry(std::move(rows), now);
    if (act.verb == "hold")
        co_return co_await store.hold(std::move(rows), note_of(act, principal));
    if (act.verb == "release")
        co_return co_await store.release(std::move(rows), now);
    if (is_throwing_away(principal, act))
        co_return co_await site.desk->throw_away(std::move(rows), now);
    co_return co_await store.remove(std::move(rows));
}

awaitable<void> change(Site& site, Principal principal, RowAct act, const std::vector<Row>& rows,
                       std::size_t& changed)
{
    if (act.verb == "release")
        learn_release(site, principal, rows);
    changed = co_await changed_by(site, principal, act, ids_of(rows));
    if (const auto note = note_of(act, principal); !note.empty())
        for (const auto& row : rows)
            site.context->history->note_delivery(row.id, note);
    if (changed > 0 && (act.verb == "retry" || act.verb == "release") && site.queue)
        site.queue->wake();
}
}

storage::RowQuery row_query(const Request& request, storage::RowState state)
{
    storage::RowQuery query;
    query.state = state;
    query.recipient = request.text("recipient");
    query.recipient_domain = request.text("domain");
    query.text = request.text("text");
    query.after = RowId::parse(request.text("after"));
    query.limit = request.limit();
    return query;
}

bool is_held_for_itself(const Row& row)
{
    return row.reason.starts_with("delivery.")
        || held_for(row.reason).rule.find(mail::held_apart_fact) != std::string_view::npos;
}

bool is_beyond_choice(const Row& row)
{
    auto rest = held_for(row.reason).rule;
    while (!rest.empty()) {
        const auto end = std::min(rest.find_first_of(", ("), rest.size());
        const auto* type = filters::finding_type(rest.substr(0, end));
        // What stopped an account is not for the account to lift: somebody else may be using it.
        const bool is_brake
            = type && type->is_spoofing && row.direction == mail::Direction::outbound;
        if (is_brake || (type && type->is_overriding))
            return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

awaitable<std::size_t> act_on(Site& site, Principal principal, RowAct act, std::vector<Row> rows)
{
    if (act.verb == "release" && !is_staff(principal))
        std::erase_if(rows, is_beyond_choice);
    if (rows.empty())
        co_return 0;
    if (act.verb == "spam" || act.verb == "ham")
        co_return co_await say_opinion(site, std::move(principal), std::move(act), std::move(rows));
    std::vector<std::string> names;
    for (const auto& row : rows)
        names.push_back(row.id.to_string());
    co_await audit(site, principal, act.name(), names);
    std::size_t changed = 0;
    co_await audited(site, principal, act.name(), change(site, principal, act, rows, changed));
    co_await audit_outcome(site, principal, act.name(),
                           std::to_string(changed) + " of " + std::to_string(rows.size())
                               + " changed");
    if (act.is_spam || act.verb == "release")
        co_await teach_all(site, principal, act.is_spam, rows);
    co_return changed;
}

awaitable<void> act_on_all(Site& site, Principal principal, RowAct act, storage::RowQuery query,
                           storage::Reach reach, std::set<RowId> except, RowProgress progress)
{
    query.limit = page;
    query.after.reset();
    for (bool is_more = true; is_more;) {
        auto rows = co_await site.desk->rows(query, reach);
        is_more = rows.size() == page;
        if (is_more)
            query.after = rows.back().id;
        const auto looked_at = rows.size();
        std::erase_if(rows, [&](const Row& row) { return except.contains(row.id); });
        if (progress.thrown_away && is_throwing_away(principal, act))
            note_thrown_away(rows, *progress.thrown_away);
        progress.changed += co_await act_on(site, principal, act, std::move(rows));
        progress.done += looked_at;
    }
}
}
