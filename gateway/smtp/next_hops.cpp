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
}
