// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/next_hops.hpp"

#include <map>
#include <memory>

namespace smtp {
namespace {
constexpr unsigned failures_to_open = 3;

struct Registry {
    std::mutex mutex;
    std::map<std::string, std::unique_ptr<NextHopState>> states;
};
Registry& registry()
{
    static Registry all;
    return all;
}
}

NextHopState& NextHopState::of(const std::string& server)
{
    auto& [mutex, states] = registry();
    const std::scoped_lock lock{mutex};
    auto& state = states[server];
    if (!state)
        state = std::make_unique<NextHopState>(server);
    return *state;
}

std::shared_ptr<NextHopState> NextHopState::of_outside(const std::string& server)
{
    constexpr std::size_t most = 4096;
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<NextHopState>> states;
    const std::scoped_lock lock{mutex};
    auto& state = states[server];
    if (!state)
        state = std::make_shared<NextHopState>(server);
    auto found = state;
    if (states.size() > most)
        std::erase_if(states, [](const auto& one) {
            return one.second.use_count() == 1 && !one.second->status().is_down;
        });
    return found;
}

std::vector<NextHopStatus> next_hop_status()
{
    auto& [mutex, states] = registry();
    const std::scoped_lock lock{mutex};
    std::vector<NextHopStatus> all;
    for (const auto& [server, state] : states)
        all.push_back(state->status());
    return all;
}

bool NextHopState::enter(unsigned limit)
{
    unsigned now = connections_.load();
    while (now < limit)
        if (connections_.compare_exchange_weak(now, now + 1))
            return true;
    return false;
}

void NextHopState::leave() { connections_.fetch_sub(1); }

bool NextHopState::may_try(Steady now)
{
    if (failures_.load(std::memory_order_relaxed) < failures_to_open)
        return true;
    const std::scoped_lock lock{mutex_};
    if (now < closed_until_)
        return false;
    is_probing_ = true;
    closed_until_ = now + std::chrono::seconds{1}; // one attempt; the others wait for its result
    return true;
}

void NextHopState::succeeded()
{
    if (failures_.load(std::memory_order_relaxed) == 0)
        return; // nearly always: no lock in the way
    const std::scoped_lock lock{mutex_};
    failures_.store(0, std::memory_order_relaxed);
    is_probing_ = false;
}

void NextHopState::failed(std::string problem, Steady now,
                          std::chrono::system_clock::time_point wall_now)
{
    const std::scoped_lock lock{mutex_};
    problem_ = std::move(problem);
    since_ = wall_now;
    if (failures_.load() >= failures_to_open && now < closed_until_ && !is_probing_)
        return;
    is_probing_ = false;
    const unsigned count = failures_.fetch_add(1) + 1;
    if (count >= failures_to_open)
        closed_until_ = now
            + std::chrono::seconds{std::min(60U, 1U << std::min(count - failures_to_open, 6U))};
}

NextHopStatus NextHopState::status() const
{
    const std::scoped_lock lock{mutex_};
    return {server_, connections_.load(), failures_.load() >= failures_to_open, problem_, since_};
}

bool LoopShare::is_wanted_elsewhere() const { return hop.hungry_.load() > hungry_; }

// Each loop's share is limit * demand_ / hop.demand_; multiplied out, because it is a fraction.
bool LoopShare::enter(unsigned limit)
{
    if (is_wanted_elsewhere() && held_ * hop.demand_.load() >= limit * demand_)
        return false;
    if (!hop.enter(limit))
        return false;
    ++held_;
    return true;
}

void LoopShare::leave()
{
    --held_;
    hop.leave();
}

LoopShare::Excess LoopShare::excess(unsigned limit) const
{
    if (held_ == 0 || !is_wanted_elsewhere())
        return Excess::none;
    const unsigned all = hop.demand_.load();
    if ((held_ - 1) * all >= limit * demand_)
        return Excess::whole;
    return held_ * all > limit * demand_ ? Excess::part : Excess::none;
}

Demand::Demand(std::shared_ptr<LoopShare> share) : share_{std::move(share)}
{
    ++share_->demand_;
    share_->hop.demand_.fetch_add(1);
}

Demand& Demand::operator=(Demand&& other) noexcept
{
    std::swap(share_, other.share_);
    std::swap(is_hungry_, other.is_hungry_);
    return *this;
}

Demand::~Demand()
{
    if (!share_)
        return;
    --share_->demand_;
    share_->hop.demand_.fetch_sub(1);
    share_->hungry_ -= is_hungry_;
    share_->hop.hungry_.fetch_sub(is_hungry_);
}

void Demand::mark_hungry()
{
    share_->hungry_ += !is_hungry_;
    share_->hop.hungry_.fetch_add(!is_hungry_);
    is_hungry_ = true;
}
}
