// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/queue_runner.hpp"

#include "gateway/smtp/attempt.hpp"
#include "gateway/smtp/delivery.hpp"
#include "gateway/smtp/late_reply.hpp"
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
constexpr auto longest_wait = 30s;
}

struct QueueRunner::State : std::enable_shared_from_this<QueueRunner::State> {
    State(net::Loop& l, Context& c) : loop{l}, context{c} { }

    net::awaitable<void> run();
    net::awaitable<void> fetch();
    net::awaitable<milliseconds> time_to_wait();
    void start_what_can_go();
    Batch take_batch();
    net::awaitable<void> attempt(Batch batch, std::string route);
    net::awaitable<void> hurry(std::string name);
    std::vector<storage::RowId> take_followers(const std::vector<std::string>& recipients);
    net::awaitable<std::vector<storage::RowId>> waiting_for(std::string name);
    std::string route_name(const storage::Row& row) const;

    net::Loop& loop;
    Context& context;
    struct Pending {
        storage::Row row;
        std::string route; // as it was when the row came
    };
    std::deque<Pending> pending; // handed out by the store, in order
    std::multiset<std::string> busy; // recipients with an attempt under way: order is kept for each
    std::set<std::string> working; // routes whose last attempt did not fail
    std::size_t under_way = 0;
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
        const auto limit = co_await time_to_wait();
        co_await woken->wait_for(limit);
        woken = std::make_unique<net::Event>();
    }
}

net::awaitable<void> QueueRunner::State::fetch()
{
    while (pending.size() < pending_limit) {
        auto rows = co_await context.store->due(context.env->wall_now(), fetch_limit);
        for (auto& row : rows) {
            std::string route = route_name(row);
            pending.push_back({std::move(row), std::move(route)});
        }
        if (rows.size() < fetch_limit)
            break;
    }
}

net::awaitable<milliseconds> QueueRunner::State::time_to_wait()
{
    if (!pending.empty() || under_way > 0)
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

std::string QueueRunner::State::route_name(const storage::Row& row) const
{
    const auto address = mail::Mailbox::parse(row.address);
    const auto snapshot = context.snapshot();
    const auto route = address ? route_of(snapshot->settings, *address) : nullptr;
    return route ? route->name : "";
}

/// The first pending row whose recipient and route are free, and its siblings of the same mail,
/// route and stamp.
Batch QueueRunner::State::take_batch()
{
    Batch batch;
    std::set<std::string> earlier;
    for (auto at = pending.begin(); at != pending.end();) {
        const storage::Row& row = at->row;
        const auto same_route = under_way_by_route.find(at->route);
        const bool is_free = !earlier.contains(row.address) && !busy.contains(row.address)
            && (same_route == under_way_by_route.end() || same_route->second < route_limit);
        const bool fits = batch.empty()
            || (row.id.mail == batch.front().id.mail && row.stamp == batch.front().stamp
                && route_name(row) == route_name(batch.front()) && batch.size() < 100);
        if (is_free && fits) {
            batch.push_back(std::move(at->row));
            at = pending.erase(at);
        } else if (!batch.empty() && row.id.mail != batch.front().id.mail) {
            break;
        } else {
            earlier.insert(row.address);
            ++at;
        }
    }
    return batch;
}

void QueueRunner::State::start_what_can_go()
{
    while (!is_stopped && under_way < under_way_limit) {
        Batch batch = take_batch();
        if (batch.empty())
            break;
        ++under_way;
        std::string route = route_name(batch.front());
        ++under_way_by_route[route];
        for (const auto& row : batch)
            busy.insert(row.address);
        loop.spawn("delivery attempt", attempt(std::move(batch), std::move(route)));
    }
}

net::awaitable<void> QueueRunner::State::attempt(Batch batch, std::string route)
{
    const auto self = shared_from_this();
    std::vector<std::string> recipients;
    for (const auto& row : batch)
        recipients.push_back(row.address);
    const RouteState state
        = co_await attempt_delivery(context, context.snapshot(), std::move(batch));
    const auto followers
        = state == RouteState::fails ? take_followers(recipients) : std::vector<storage::RowId>{};
    for (const auto& recipient : recipients)
        busy.erase(busy.find(recipient));
    --under_way;
    if (--under_way_by_route[route] == 0)
        under_way_by_route.erase(route);
    // An answer of no is the mail's own affair: its schedule stands.
    if (state == RouteState::fails) {
        working.erase(route);
        co_await context.store->give_back(followers);
    } else if (state == RouteState::takes && working.insert(route).second) {
        co_await hurry(route);
    }
    woken->set();
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
            if (route_name(row) == name && !awaits_late_reply(row.id.mail))
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
