// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/scanner.hpp"

#include "filters/scan/examine.hpp"
#include "filters/scan/nursery.hpp"
#include "filters/scan/trial.hpp"
#include "filters/scan/worker_process.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace filters {
namespace {
using WorkerPointer = std::unique_ptr<WorkerProcess>;
/// Longer is too long (promise §5).
constexpr std::chrono::milliseconds short_wait{500};
}

struct Scanner::State {
    /// Someone who waits gets a worker, or nullptr: room to start one.
    struct Turn {
        net::Handover<WorkerPointer> handover;
        net::Env::Steady since;
    };

    State(int socket, ScannerLimits chosen, net::Env& clock)
        : env{clock}, nursery{socket}, limits{chosen}
    { }
    void give_back(WorkerPointer worker);
    void serve(net::Env::Steady now);
    void turn_away(net::Env::Steady now);
    void welcome(const WorkerProcess& worker);
    void retire_old(std::vector<WorkerPointer>& retired);
    bool is_worn(const WorkerProcess& worker) const
    {
        return worker.messages() >= limits.messages_a_worker || worker.generation < ready
            || status.workers > limits.workers || worker.is_swollen();
    }
    template <class Change> void note(const Change& change)
    {
        const std::lock_guard lock{mutex};
        change(status);
    }

    net::Env& env;
    const int nursery;
    mutable std::mutex mutex; // guards what follows
    ScannerLimits limits; ///< only `workers` ever changes
    std::vector<WorkerPointer> idle;
    std::deque<Turn> waiting;
    ScannerStatus status;
    net::Env::Steady well_at{}; ///< the last time that a message did not wait long
    std::uint64_t generation = 0; ///< of rules, as asked for
    std::uint64_t ready = 0; ///< the newest generation that a worker has started with
};

/// A worker that is ready for the next message, or nullptr for one that is gone.
void Scanner::State::give_back(WorkerPointer worker)
{
    const std::lock_guard lock{mutex};
    --status.busy;
    if (worker && is_worn(*worker))
        worker.reset(); // the end of its socket ends it
    if (worker)
        idle.push_back(std::move(worker));
    else
        --status.workers;
    const auto now = env.now();
    turn_away(now);
    serve(now);
}

void Scanner::State::serve(net::Env::Steady now)
{
    while (!waiting.empty() && (!idle.empty() || status.workers < limits.workers)) {
        WorkerPointer worker;
        if (idle.empty()) {
            ++status.workers;
        } else {
            worker = std::move(idle.back());
            idle.pop_back();
        }
        ++status.busy;
        if (now - waiting.front().since < short_wait)
            well_at = now;
        waiting.front().handover.deliver(std::move(worker));
        waiting.pop_front();
    }
}

/// Without a clock of its own: looked at whenever a place changes hands, after `longest` at worst.
void Scanner::State::turn_away(net::Env::Steady now)
{
    while (!waiting.empty() && now - waiting.front().since > limits.turn) {
        waiting.front().handover.fail(
            std::make_exception_ptr(std::runtime_error{"all scan workers are busy"}));
        waiting.pop_front();
    }
}

void Scanner::State::welcome(const WorkerProcess& worker)
{
    const std::lock_guard lock{mutex};
    ready = std::max(ready, worker.generation);
    ++status.started;
    status.problem.clear();
    status.old_rules = worker.problem();
    if (status.weaknesses != worker.weaknesses())
        spdlog::warn("scan workers are sealed less well than they could be: {}",
                     worker.weaknesses());
    status.weaknesses = worker.weaknesses();
}

void Scanner::State::retire_old(std::vector<WorkerPointer>& retired)
{
    const auto worn
        = std::ranges::partition(idle, [this](const auto& worker) { return !is_worn(*worker); });
    std::ranges::move(worn, std::back_inserter(retired));
    status.workers -= static_cast<unsigned>(worn.size());
    idle.erase(worn.begin(), worn.end());
}

/// A worker on loan, or the place of one. Given back when it answered, else ended.
class Scanner::Lease {
public:
    Lease(std::shared_ptr<State> state, WorkerPointer worker)
        : state_{std::move(state)}, worker_{std::move(worker)}
    { }
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease()
    {
        if (!state_)
            return;
        if (worker_ && !is_ready_) {
            worker_->kill();
            worker_.reset();
        }
        state_->give_back(std::move(worker_));
    }
    WorkerProcess& worker() { return *worker_; }
    bool is_empty() const { return !worker_; }
    void fill(WorkerPointer worker) { worker_ = std::move(worker); }
    void mark_ready() { is_ready_ = true; }

private:
    std::shared_ptr<State> state_;
    WorkerPointer worker_;
    bool is_ready_ = false;
};

Scanner::Scanner(int nursery, ScannerLimits limits, net::Env& env)
    : state_{std::make_shared<State>(nursery, limits, env)}
{ }
Scanner::~Scanner() = default;

awaitable<WorkerPointer> Scanner::start_once(std::chrono::milliseconds limit)
{
    std::uint64_t generation = 0; // at least: the nursery serves in order
    state_->note([&](const ScannerStatus&) { generation = state_->generation; });
    auto worker = std::make_unique<WorkerProcess>(state_->nursery,
                                                  state_->limits.message + TrialRules::largest);
    worker->generation = generation;
    if (!worker->is_asked_for())
        co_return nullptr;
    const bool is_up = co_await worker->greet(limit);
    if (!is_up)
        co_return nullptr;
    state_->welcome(*worker);
    co_return worker;
}

/// Twice, because the scan role may just have been restarted.
awaitable<WorkerPointer> Scanner::start()
{
    constexpr const char* problem = "no scan worker starts; see the log";
    for (int tries = 0; tries < 2; ++tries) {
        auto worker = co_await start_once(state_->limits.start);
        if (worker)
            co_return worker;
        state_->note([&](ScannerStatus& status) { status.problem = problem; });
    }
    throw std::runtime_error{problem};
}

/// A fresh one is asked for after a death: what killed one worker shall not meet one whose memory
/// may be worn. One that died while nobody needed it cost no message anything.
awaitable<Scanner::Lease> Scanner::take(bool is_fresh)
{
    const auto now = state_->env.now();
    std::optional<net::Handover<WorkerPointer>> turn;
    WorkerPointer worker;
    {
        const std::lock_guard lock{state_->mutex};
        if (!state_->idle.empty()) {
            worker = std::move(state_->idle.back());
            state_->idle.pop_back();
            ++state_->status.busy;
            state_->well_at = now;
        } else if (state_->status.workers < state_->limits.workers) {
            ++state_->status.workers;
            ++state_->status.busy;
            state_->well_at = now;
        } else {
            state_->waiting.push_back({turn.emplace(), now});
        }
    }
    if (turn)
        worker = co_await turn->receive();
    if (worker && (is_fresh || worker->is_gone()))
        worker.reset();
    Lease lease{state_, std::move(worker)};
    if (lease.is_empty()) {
        auto started = co_await start();
        lease.fill(std::move(started));
    }
    co_return lease;
}

awaitable<Scanned> Scanner::scan_twice(const mail::Message& message, Circumstances circumstances)
{
    for (const bool is_second : {false, true}) {
        Lease lease = co_await take(is_second);
        auto scanned = co_await lease.worker().ask(message, circumstances, state_->limits.answer,
                                                   state_->limits.longest);
        if (scanned) {
            lease.mark_ready();
            co_return std::move(*scanned);
        }
        state_->note([](ScannerStatus& status) { ++status.deaths; });
    }
    state_->note([](ScannerStatus& status) { ++status.unscannable; });
    co_return unscannable("its analysis did not end");
}

awaitable<Scanned> Scanner::scan(const mail::Message& message, Circumstances circumstances)
{
    /// Counts what ends in a throw.
    struct Count {
        State& state;
        bool is_scanned = false;
        ~Count()
        {
            state.note([this](ScannerStatus& status) {
                ++(is_scanned ? status.scans : status.not_scanned);
            });
        }
    } count{*state_};
    if (message.size() > state_->limits.message) {
        count.is_scanned = true;
        co_return unscannable("it is larger than what is scanned");
    }
    auto scanned = co_await scan_twice(message, std::move(circumstances));
    count.is_scanned = true;
    co_return scanned;
}

awaitable<void> Scanner::prepare()
{
    {
        const std::lock_guard lock{state_->mutex};
        if (state_->status.workers > 0)
            co_return;
        ++state_->status.workers;
        ++state_->status.busy;
    }
    Lease lease{state_, nullptr};
    auto worker = co_await start_once(state_->limits.load);
    if (!worker)
        co_return;
    lease.fill(std::move(worker));
    lease.mark_ready();
}

awaitable<Scanner::Renewed> Scanner::renew(unsigned workers)
{
    state_->note([&](const ScannerStatus&) {
        state_->limits.workers = workers;
        ++state_->generation;
    });
    send_request(state_->nursery, {.kind = NurseryRequest::Kind::renew});
    return replace_workers();
}

awaitable<Scanner::Renewed> Scanner::refresh()
{
    state_->note([&](const ScannerStatus&) { ++state_->generation; });
    send_request(state_->nursery, {.kind = NurseryRequest::Kind::refresh});
    return replace_workers();
}

awaitable<Scanner::Renewed> Scanner::replace_workers()
{
    auto fresh = co_await start_once(state_->limits.load);
    std::vector<WorkerPointer> retired; // ended without the lock
    std::string problem = fresh ? fresh->problem() : "no scan worker starts with the new rules";
    const std::lock_guard lock{state_->mutex};
    state_->status.old_rules = problem;
    state_->retire_old(retired);
    if (fresh && state_->status.workers < state_->limits.workers) {
        ++state_->status.workers;
        state_->idle.push_back(std::move(fresh));
    }
    state_->serve(state_->env.now());
    if (!problem.empty())
        co_return std::unexpected{std::move(problem)};
    co_return Renewed{};
}

std::chrono::milliseconds Scanner::behind() const
{
    const auto now = state_->env.now();
    const std::lock_guard lock{state_->mutex};
    if (state_->waiting.empty())
        return {};
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - state_->well_at);
}

ScannerStatus Scanner::status() const
{
    const std::lock_guard lock{state_->mutex};
    auto status = state_->status;
    status.waiting = state_->waiting.size();
    return status;
}
}
