// SPDX-License-Identifier: Apache-2.0
#include "filters/report_table.hpp"
#include "filters/unread_bounces.hpp"
#include "gateway/smtp/conditions.hpp"
#include "web/api/domain_records.hpp"
#include "web/api/json.hpp"
#include "web/api/outbound_routes.hpp"
#include "web/api/outgoing_week.hpp"

#include <algorithm>

namespace web {
namespace {
using Wall = std::chrono::system_clock::time_point;
using Cause = OutgoingWeek::Cause;

constexpr std::size_t slice = 500, most_rows = 50'000, most_senders = 50, most_named = 5;
constexpr std::chrono::seconds longest{4}, kept_for{60};
constexpr std::size_t most_kept = 100;
constexpr unsigned much_again = 5; ///< mails to where mail came back from, in thirty days

/// The causes of features §4 that show in mail or in the DNS, the heaviest first.
constexpr std::array<std::string_view, 15> all_causes{
    "O1", "O2", "O3", "O4", "O5", "O6", "O7", "O8", "O9", "O10", "O11", "O12", "O13", "O15", "O16"};

/// What one look at a week found; asked for again within a minute it is the same.
struct Look {
    Wall at{};
    bool is_whole = false; ///< the week was longer than a look may take
    OutgoingWeek week{Wall{}};
    std::map<std::string, std::uint64_t> careless, complaints; ///< of lists (O4), of all (O12)
    std::map<std::string, std::uint64_t> unread; ///< of accounts (O5)
};
using LookPointer = std::shared_ptr<const Look>;

std::map<std::string, LookPointer>& looks()
{
    static std::map<std::string, LookPointer> all;
    return all;
}

std::string key_of(const storage::Reach& reach)
{
    std::string key = reach.is_everything() ? "*" : "";
    for (const auto& domain : reach.domains())
        key += "@" + domain + " ";
    for (const auto& address : reach.addresses())
        key += address + " ";
    return key;
}

/// All rows of one kind, newest first, as far as the time goes. True: to the end.
awaitable<bool> read(Site& site, storage::Reach reach, storage::HistoryQuery query,
                     storage::VerdictQuery verdicts, OutgoingWeek& week)
{
    const auto until = site.context->env->now() + longest;
    query.limit = slice;
    while (week.rows() < most_rows && site.context->env->now() < until) {
        auto page = co_await site.desk->history_page(query, reach, verdicts);
        co_await site.context->pool->run([&] {
            for (const auto& row : page.rows)
                week.take(row);
        });
        if (!page.next)
            co_return !page.looked_back_to;
        query.after = page.next;
    }
    co_return false;
}

/// Complaints of others since then, by list, alias or account.
std::map<std::string, std::uint64_t> complaints_of(const storage::Reach& reach, Wall since)
{
    filters::ReportTable::Page page;
    page.is_wanted = [&](const std::string& account) {
        return reach.is_everything() || reach.has_address(account);
    };
    page.since = std::chrono::floor<decltype(page.since)::duration>(since);
    page.limit = 1000;
    std::map<std::string, std::uint64_t> by;
    for (const auto& one : filters::ReportTable::here().complaints(page))
        ++by[one.of.who()];
    return by;
}

/// Accounts that write again and again to where their mail came back from, and how often.
std::map<std::string, std::uint64_t> unread_bounces_of(const storage::Reach& reach, Wall now)
{
    const auto sums = filters::UnreadBounces::here().sums(
        [&](const std::string& account) {
            return reach.is_everything() || reach.has_address(account);
        },
        std::chrono::floor<std::chrono::seconds>(now));
    std::map<std::string, std::uint64_t> by;
    for (const auto& [account, sum] : sums)
        if (sum.again >= much_again)
            by[account] = sum.again;
    return by;
}

awaitable<LookPointer> look(Site& site, storage::Reach reach)
{
    const auto now = site.context->env->wall_now();
    const auto key = key_of(reach);
    if (const auto found = looks().find(key); found != looks().end())
        if (const auto age = now - found->second->at; age >= age.zero() && age < kept_for)
            co_return found->second;
    auto made = std::make_shared<Look>();
    made->at = now;
    made->week = OutgoingWeek{now};
    co_await site.context->history->settle();
    storage::HistoryQuery query;
    query.since = now - std::chrono::days{OutgoingWeek::days};
    storage::VerdictQuery outgoing, returned;
    outgoing.direction = mail::Direction::outbound;
    returned.direction = mail::Direction::inbound;
    returned.finding = "bounce.";
    const bool has_all = co_await read(site, reach, query, outgoing, made->week);
    const bool has_bounces = co_await read(site, reach, query, returned, made->week);
    made->is_whole = has_all && has_bounces;
    made->complaints = complaints_of(reach, *query.since);
    made->unread = unread_bounces_of(reach, now);
    made->careless = co_await careless_lists_of(site, std::move(reach));
    if (looks().size() >= most_kept)
        looks().clear();
    looks()[key] = made;
    co_return made;
}

/// Of the records that were looked at: how many are amiss, and whether any were.
struct Amiss {
    std::uint64_t number = 0, listed = 0;
    Wall at{};
    std::map<std::string, std::uint64_t> by;
};

Amiss amiss_of(Site& site, const storage::Reach& reach)
{
    Amiss amiss;
    for (const auto& [name, domain] : site.context->snapshot()->settings.domains) {
        const auto* looked = reach.has_domain(name) ? DomainRecords::here().find(name) : nullptr;
        if (!looked)
            continue;
        amiss.at = std::max(amiss.at, looked->at);
        for (const auto& fact : looked->facts)
            if (fact.state == "missing" || fact.state == "wrong") {
                ++amiss.number;
                ++amiss.by[name];
            }
        amiss.listed += static_cast<std::uint64_t>(
            std::ranges::count(looked->lists, "listed", &Listing::state));
    }
    return amiss;
}

/// "bad": it goes out, or is missing; "warning": it was stopped; "good"; "unknown": nobody looked.
std::string_view state_of(std::string_view cause, const Cause& seen, const Amiss& amiss)
{
    if (cause == "O13")
        return amiss.number + amiss.listed > 0 ? "bad" : amiss.at == Wall{} ? "unknown" : "good";
    if (seen.seen == 0)
        return "good";
    if (cause == "O16" || cause == "O12")
        return "bad";
    if (cause == "O4")
        return "warning";
    return seen.passed > 0 && cause != "O3" && cause != "O15" ? "bad" : "warning";
}

void write_names(JsonWriter& json, const std::map<std::string, std::uint64_t>& names)
{
    std::vector<std::pair<std::string, std::uint64_t>> all{names.begin(), names.end()};
    std::ranges::sort(all, [](const auto& a, const auto& b) {
        return std::pair{b.second, a.first} < std::pair{a.second, b.first};
    });
    json.key("by").begin_array();
    for (std::size_t i = 0; i < std::min(all.size(), most_named); ++i)
        json.begin_object()
            .member("name", all[i].first)
            .member("count", all[i].second)
            .end_object();
    json.end_array();
}

int badness(std::string_view state)
{
    return state == "bad" ? 0 : state == "warning" ? 1 : state == "unknown" ? 2 : 3;
}

Cause counted(const std::map<std::string, std::uint64_t>& by)
{
    Cause cause;
    cause.by = by;
    for (const auto& [name, number] : by)
        cause.seen += number;
    return cause;
}

/// It went out.
void add(Cause& cause, const std::map<std::string, std::uint64_t>& by)
{
    for (const auto& [name, number] : by) {
        cause.by[name] += number;
        cause.seen += number;
        cause.passed += number;
    }
}

void write_causes(JsonWriter& json, const Look& look, const Amiss& amiss)
{
    const auto& week = look.week;
    struct Line {
        std::string_view cause, state;
        Cause seen;
    };
    std::vector<Line> lines;
    for (const auto cause : all_causes) {
        const auto found = week.causes().find(cause);
        auto seen = found == week.causes().end() ? Cause{} : found->second;
        if (cause == "O13")
            seen = {amiss.number + amiss.listed, 0, 0, amiss.at, amiss.by};
        if (cause == "O4" || cause == "O12")
            seen = counted(cause == "O4" ? look.careless : look.complaints);
        if (cause == "O5")
            add(seen, look.unread);
        const auto state = state_of(cause, seen, amiss);
        lines.push_back({cause, state, std::move(seen)});
    }
    std::ranges::sort(lines, {}, [](const Line& line) {
        return std::pair{badness(line.state), std::ranges::find(all_causes, line.cause)};
    });
    json.key("causes").begin_array();
    for (const auto& line : lines) {
        json.begin_object().member("cause", line.cause).member("state", line.state);
        json.member("seen", line.seen.seen).member("stopped", line.seen.stopped);
        json.member("passed", line.seen.passed).member("last", line.seen.last);
        write_names(json, line.seen.by);
        json.end_object();
    }
    json.end_array();
}

/// Who refuses us: what the week's rows say, and for those who see everything what stands now.
void write_refusals(JsonWriter& json, const OutgoingWeek& week, bool sees_all)
{
    struct Line {
        std::string domain, blames, words;
        Wall last{};
        std::uint64_t mails = 0;
        bool stands = false;
    };
    std::map<std::string, Line> lines;
    for (const auto& [domain, one] : week.refusals())
        lines[domain] = {domain, one.blames, one.words, one.last, one.mails, false};
    for (const auto& one : smtp::Conditions::here().standing()) {
        if (one.kind->name != "destination.refuses_us")
            continue;
        if (!sees_all && !lines.contains(one.object))
            continue;
        auto& line = lines[one.object];
        line.domain = one.object;
        line.stands = true;
        if (line.words.empty())
            line.words = one.detail;
    }
    json.key("refusals").begin_array();
    for (const auto& [domain, line] : lines) {
        json.begin_object().member("domain", domain).member("blames", line.blames);
        json.member("words", line.words).member("link", link_in(line.words));
        json.member("last", line.last).member("mails", line.mails);
        json.member("stands", line.stands).end_object();
    }
    json.end_array();
}

void write_senders(JsonWriter& json, const OutgoingWeek& week)
{
    json.key("senders").begin_array();
    for (const auto& one : week.senders(most_senders)) {
        json.begin_object().member("kind", one.kind).member("name", one.name);
        json.key("mails").begin_array();
        for (const auto number : one.mails)
            json.number(number);
        json.end_array().member("stopped", one.stopped).member("refused", one.refused);
        json.member("odd", one.odd).end_object();
    }
    json.end_array();
}
}

awaitable<Response> get_hygiene(Site& site, Principal principal, Request)
{
    const auto found = co_await look(site, principal.reach);
    const auto amiss = amiss_of(site, principal.reach);
    JsonWriter json;
    json.begin_object().member("looked", found->at).member("whole", found->is_whole);
    json.member("mails", found->week.mails());
    write_causes(json, *found, amiss);
    write_refusals(json, found->week, principal.reach.is_everything());
    write_senders(json, found->week);
    co_return json_response(json.end_object().take());
}
}
