// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/queue_runner.hpp"

#include "gateway/smtp/attempt.hpp"
#include "gateway/smtp/delivery.hpp"
#include "gateway/smtp/late_reply.hpp"
#include "gateway/smtp/pace.hpp"
#include "gateway/smtp/pool.hpp"

#include <deque>
#include <map>
#include <set>
#include <spdlog/spdlog.h>

namespace smtp {
namespace {
using namespace std::chrono_literals;
constexpr std::size_t fetch_limit = 256;
constexpr std::size_t pending_limit = 1024;
constexpr std::size_t under_way_limit = 40;
constexpr std::size_t route_limit = 20; // a route that hangs leaves room for the others
constexpr std::size_t outside_limit = 160; // to servers that the DNS names, besides those
constexpr std::size_t kept_of_busy = 64; // of a destination without room, while others wait
constexpr std::size_t most_kept = 256; // of one that will take them at once
constexpr milliseconds soonest = 250ms, latest = 10s;
constexpr milliseconds a_row = 1ms; // how often at most rows that wait for one destination come by
constexpr auto longest_wait = 30s;
}

struct QueueRunner::State : std::enable_shared_from_this<QueueRunner::State> {
    State(net::Loop& l, Context& c) : loop{l}, context{c} { }

    net::awaitable<void> run();
    net::awaitable<void> fetch();
    net::awaitable<milliseconds> time_to_wait();
    struct Pending {
        storage::Row row;
        std::string route; // as it was when the row came
        bool is_outside = false;
    };
    struct Start {
        Batch batch;
        std::string route;
        bool is_outside = false;
    };
    void start_what_can_go();
    Start take_batch();
    bool has_room(const std::string& route, bool is_outside) const;
    net::awaitable<void> attempt(Start start);
    bool is_expected(mail::MailId mail) const;
    void tell_of_due_failures(FailureNotices::Time now);
    net::awaitable<void> tell(FailedMail failed);
    net::awaitable<bool> postpone();
    net::awaitable<void> set_due(std::vector<storage::RowId> rows, storage::WallTime when,
                                 bool& is_set);
    net::awaitable<void> hurry(std::string name);
    std::vector<storage::RowId> take_followers(const std::vector<std::string>& recipients);
    net::awaitable<std::vector<storage::RowId>> waiting_for(std::string name);
    std::shared_ptr<const Route> route_for(const storage::Row& row) const;

    net::Loop& loop;
    Context& context;
    std::deque<Pending> pending; // handed out by the store, in order
    std::multiset<std::string> busy; // recipients with an attempt under way: order is kept for each
    std::multiset<mail::MailId> mails; // of the attempts under way
    FailureNotices notices;
    std::map<std::string, std::size_t> passed_by; // rows of routes, since there was room for all
    std::set<std::string> working; // routes whose last attempt did not fail
    std::size_t under_way = 0, under_way_outside = 0;
    std::map<std::string, std::size_t> under_way_by_route;
    bool is_stopped = false;
    std::unique_ptr<net::Event> woken;
};

QueueRunner::QueueRunner(net::Loop& loop, Context& context)
    : state_{std::make_shared<State>(loop, context)}
{ }
QueueRunner::~QueueRunner() { stop(); }

void QueueRunner::start()
{
    state_->loop.post([state = state_] {
        state->woken = std::make_unique<net::Event>();
        auto run
            = [](std::shared_ptr<State> self) -> net::awaitable<void> { co_await self->run(); };
        state->loop.spawn("queue", run(state));
    });
}

void QueueRunner::wake()
{
    state_->loop.post([state = state_] {
        if (state->woken)
            state->woken->set();
    });
}

void QueueRunner::stop()
{
    state_->loop.post([state = state_] {
        state->is_stopped = true;
        if (state->woken)
            state->woken->set();
    });
}

std::size_t QueueRunner::under_way() const { return state_->under_way; }

net::awaitable<void> QueueRunner::State::run()
{
    while (!is_stopped) {
        try {
            co_await fetch();
        } catch (const std::exception& error) {
            spdlog::error("queue: {}", error.what());
        }
        start_what_can_go();
        bool is_more = false; // behind what takes no more now
        try {
            is_more = co_await postpone();
        } catch (const std::exception& error) {
            spdlog::error("queue: {}", error.what());
        }
        tell_of_due_failures(context.env->now());
        if (is_more)
            continue;
        const auto limit = co_await time_to_wait();
        co_await woken->wait_for(limit);
        woken = std::make_unique<net::Event>();
    }
    tell_of_due_failures(FailureNotices::Time::max());
}

net::awaitable<void> QueueRunner::State::fetch()
{
    while (pending.size() < pending_limit) {
        auto rows = co_await context.store->due(context.env->wall_now(), fetch_limit);
        for (auto& row : rows) {
            const auto route = route_for(row);
            pending.push_back({std::move(row), route ? route->name : "", route && route->is_by_mx});
        }
        if (rows.size() < fetch_limit)
            break;
    }
}

net::awaitable<milliseconds> QueueRunner::State::time_to_wait()
{
    if (!pending.empty() || under_way > 0 || !notices.empty())
        co_return milliseconds{1000};
    milliseconds wait = longest_wait;
    try {
        if (const auto next = co_await context.store->next_due())
            wait = std::chrono::duration_cast<milliseconds>(*next - context.env->wall_now());
    } catch (const std::exception& error) {
        spdlog::error("queue: {}", error.what());
    }
    co_return std::clamp<milliseconds>(wait, 5ms, longest_wait);
}

std::shared_ptr<const Route> QueueRunner::State::route_for(const storage::Row& row) const
{
    const auto address = mail::Mailbox::parse(row.address);
    const auto snapshot = context.snapshot();
    return address ? route_of(snapshot->settings, *address) : nullptr;
}

bool QueueRunner::State::has_room(const std::string& route, bool is_outside) const
{
    const auto found = under_way_by_route.find(route);
    const std::size_t there = found == under_way_by_route.end() ? 0 : found->second;
    if (!is_outside)
        return under_way - under_way_outside < under_way_limit && there < route_limit;
    if (under_way_outside >= outside_limit)
        return false;
    const auto pace = Pace::of(route);
    return there < pace->window() && pace->has_room(context.env->now());
}

/// The first pending row whose recipient and route are free, and its siblings of the same mail,
/// route and stamp.
QueueRunner::State::Start QueueRunner::State::take_batch()
{
    Start start;
    auto& batch = start.batch;
    std::set<std::string> earlier;
    std::map<std::string, bool> rooms; // by route, as far as looked at
    for (auto at = pending.begin(); at != pending.end();) {
        const storage::Row& row = at->row;
        const auto known = rooms.find(at->route);
        const bool room
            = known != rooms.end() ? known->second : has_room(at->route, at->is_outside);
        rooms.emplace(at->route, room);
        const bool is_free = room && !earlier.contains(row.address) && !busy.contains(row.address);
        const bool fits = batch.empty()
            || (row.id.mail == batch.front().id.mail && row.stamp == batch.front().stamp
                && at->route == start.route && batch.size() < 100);
        if (is_free && fits) {
            start.route = at->route;
            start.is_outside = at->is_outside;
            batch.push_back(std::move(at->row));
            at = pending.erase(at);
        } else if (!batch.empty() && row.id.mail != batch.front().id.mail) {
            break;
        } else {
            earlier.insert(row.address);
            ++at;
        }
    }
    return start;
}

void QueueRunner::State::start_what_can_go()
{
    while (!is_stopped) {
        Start start = take_batch();
        if (start.batch.empty())
            break;
        ++under_way;
        under_way_outside += start.is_outside;
        ++under_way_by_route[start.route];
        mails.insert(start.batch.front().id.mail);
        for (const auto& row : start.batch)
            busy.insert(row.address);
        loop.spawn("delivery attempt", attempt(std::move(start)));
    }
}

/// A destination that takes no more now must not fill all there is room for: what waits for it
/// beyond the next comes again when its turn may come, and the later the more there is of it.
/// Whether others may have room now.
net::awaitable<bool> QueueRunner::State::postpone()
{
    if (pending.size() < pending_limit) {
        passed_by.clear();
        co_return false;
    }
    std::map<std::string, std::size_t> places;
    std::map<milliseconds, std::vector<storage::RowId>> later;
    std::erase_if(pending, [&](const Pending& one) {
        if (!one.is_outside)
            return false;
        const auto place = places[one.route]++;
        const auto turn = Pace::of(one.route)->turn_of(place / kept_of_busy * kept_of_busy);
        if (place < (turn < soonest ? most_kept : kept_of_busy))
            return false;
        const auto passed = static_cast<std::int64_t>(++passed_by[one.route]);
        later[std::clamp(turn, soonest, std::max(latest, passed * a_row / 100 * 100))].push_back(
            one.row.id);
        return true;
    });
    const auto now = context.env->wall_now();
    bool is_set = !later.empty();
    std::vector<net::awaitable<void>> work;
    for (auto& [turn, rows] : later)
        work.push_back(set_due(std::move(rows), now + turn, is_set));
    co_await net::all(std::move(work));
    co_return is_set;
}

net::awaitable<void> QueueRunner::State::set_due(std::vector<storage::RowId> rows,
                                                 storage::WallTime when, bool& is_set)
{
    try {
        co_await context.store->retry(rows, when);
    } catch (const std::exception& error) {
        spdlog::error("queue: {}", error.what()); // they come again at once
        is_set = false;
    }
    co_await context.store->give_back(std::move(rows));
}

net::awaitable<void> QueueRunner::State::attempt(Start start)
{
    const auto self = shared_from_this();
    const std::string route = std::move(start.route);
    const bool is_outside = start.is_outside;
    const auto mail = start.batch.front().id.mail;
    std::vector<std::string> recipients;
    for (const auto& row : start.batch)
        recipients.push_back(row.address);
    const RouteState state
        = co_await attempt_delivery(context, context.snapshot(), std::move(start.batch), &notices);
    mails.erase(mails.find(mail));
    if (!is_expected(mail))
        co_await tell(notices.take(mail));
    const auto followers
        = state == RouteState::fails ? take_followers(recipients) : std::vector<storage::RowId>{};
    for (const auto& recipient : recipients)
        busy.erase(busy.find(recipient));
    --under_way;
    under_way_outside -= is_outside;
    if (--under_way_by_route[route] == 0)
        under_way_by_route.erase(route);
    // An answer of no is the mail's own affair: its schedule stands.
    if (state == RouteState::fails) {
        working.erase(route);
        co_await context.store->give_back(followers);
    } else if (state == RouteState::takes && !is_outside && working.insert(route).second) {
        co_await hurry(route);
    }
    woken->set();
}

/// Another attempt of the mail is under way, or comes next.
bool QueueRunner::State::is_expected(mail::MailId mail) const
{
    return mails.contains(mail)
        || (!is_stopped && std::ranges::any_of(pending, [&](const Pending& one) {
               return one.row.id.mail == mail;
           }));
}

void QueueRunner::State::tell_of_due_failures(FailureNotices::Time now)
{
    for (auto& failed : notices.take_due(now)) {
        ++under_way;
        auto work = [](std::shared_ptr<State> self, FailedMail due) -> net::awaitable<void> {
            co_await self->tell(std::move(due));
            --self->under_way;
        };
        loop.spawn("failure notice", work(shared_from_this(), std::move(failed)));
    }
}

net::awaitable<void> QueueRunner::State::tell(FailedMail failed)
{
    std::vector<storage::RowId> rows;
    for (const auto& one : failed.failures)
        rows.push_back(one.row.id);
    if (rows.empty())
        co_return;
    try {
        co_return co_await tell_of_failures(context, context.snapshot(), std::move(failed));
    } catch (const std::exception& error) {
        spdlog::error("queue: {}", error.what()); // they are tried again
    }
    co_await context.store->give_back(std::move(rows));
}

/// What is pending for the recipients of an attempt that reached nobody goes back: it would
/// overtake what was tried. The store keeps the order.
std::vector<storage::RowId>
QueueRunner::State::take_followers(const std::vector<std::string>& recipients)
{
    std::vector<storage::RowId> rows;
    std::erase_if(pending, [&](const Pending& one) {
        const bool follows = std::ranges::find(recipients, one.row.address) != recipients.end();
        if (follows)
            rows.push_back(one.row.id);
        return follows;
    });
    return rows;
}

/// All that waits for the route, oldest first.
net::awaitable<std::vector<storage::RowId>> QueueRunner::State::waiting_for(std::string name)
{
    storage::RowQuery query;
    query.state = storage::RowState::waiting;
    query.recipient_domain = name == "outbound" ? "" : name;
    query.limit = 1000;
    std::vector<storage::RowId> ids;
    for (bool is_more = true; is_more;) {
        const auto rows = co_await context.store->list(query);
        for (const auto& row : rows)
            if (const auto route = route_for(row);
                route && route->name == name && !awaits_late_reply(row.id.mail))
                ids.push_back(row.id);
        is_more = rows.size() == query.limit;
        if (is_more)
            query.after = rows.back().id;
    }
    std::ranges::reverse(ids);
    co_return ids;
}

/// A route that failed, or was not yet tried since the start, works: what waits for it need not
/// wait for its schedule.
net::awaitable<void> QueueRunner::State::hurry(std::string name)
{
    try {
        auto rows = co_await waiting_for(name);
        if (rows.empty())
            co_return;
        spdlog::info("{} takes mail: {} waiting recipients are due now", name, rows.size());
        co_await context.store->retry(std::move(rows), context.env->wall_now());
    } catch (const std::exception& error) {
        spdlog::error("queue: {}", error.what()); // they keep their schedule
    }
}
}
