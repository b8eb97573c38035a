// SPDX-License-Identifier: Apache-2.0
#include "filters/clamd_state.hpp"

namespace filters {
namespace {
using namespace std::chrono_literals;
constexpr auto rest_time = 10s, stale_after = 10s;
}

bool ClamdState::may_ask(Time now)
{
    const std::lock_guard lock{mutex_};
    if (numbers_.is_up)
        return true;
    if (now < rests_until_)
        return false;
    rests_until_ = now + rest_time; // one mail tries it, the others go on without
    return true;
}

void ClamdState::answered(const ClamdAnswer& answer)
{
    const std::lock_guard lock{mutex_};
    ++numbers_.scans;
    numbers_.infected += answer.kind == ClamdAnswer::Kind::infected ? 1 : 0;
    numbers_.is_up = true;
    is_slow_ = false;
    numbers_.problem.clear();
}

void ClamdState::failed(std::string problem, bool was_slow, Time now)
{
    const std::lock_guard lock{mutex_};
    ++numbers_.failures;
    numbers_.is_up = false;
    is_slow_ = was_slow;
    numbers_.problem = std::move(problem);
    rests_until_ = now + rest_time;
    heard_at_ = now;
}

bool ClamdState::is_slow() const
{
    const std::lock_guard lock{mutex_};
    return is_slow_;
}

bool ClamdState::is_stale(Time now) const
{
    const std::lock_guard lock{mutex_};
    return heard_at_ == Time{} || now - heard_at_ >= stale_after;
}

void ClamdState::heard(Time now)
{
    const std::lock_guard lock{mutex_};
    heard_at_ = now;
    // One that is too slow with mail may still answer this.
    if (!is_slow_) {
        numbers_.is_up = true;
        numbers_.problem.clear();
    }
}

ClamdState::Report ClamdState::report() const
{
    const std::lock_guard lock{mutex_};
    return numbers_;
}
}
