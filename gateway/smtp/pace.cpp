// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/pace.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace smtp {
namespace {
using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr std::size_t most = 4096;
constexpr seconds longest_pause{60};

struct Table {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<Pace>> paces;
};
Table& table()
{
    static Table all;
    return all;
}

/// Forgets those at rest that learnt nothing; where few did not, the eighth that did so longest
/// ago.
void make_room(std::map<std::string, std::shared_ptr<Pace>>& paces)
{
    std::vector<std::pair<Pace::Steady, std::string>> narrow;
    std::erase_if(paces, [&](const auto& one) {
        const auto& [destination, pace] = one;
        if (pace.use_count() > 1)
            return false;
        const bool is_as_new = pace->window() >= Pace::first_window;
        if (!is_as_new)
            narrow.emplace_back(pace->last_report(), destination);
        return is_as_new;
    });
    if (paces.size() < most - most / 8)
        return;
    std::ranges::sort(narrow);
    narrow.resize(std::min(narrow.size(), most / 8));
    for (const auto& [last, destination] : narrow)
        paces.erase(destination);
}
}

std::shared_ptr<Pace> Pace::of(const std::string& destination)
{
    auto& [mutex, paces] = table();
    const std::scoped_lock lock{mutex};
    auto& pace = paces[destination];
    if (pace)
        return pace;
    pace = std::make_shared<Pace>();
    auto made = pace;
    if (paces.size() > most)
        make_room(paces);
    return made;
}

Pace::Steady Pace::last_report() const
{
    const std::scoped_lock lock{mutex_};
    return last_report_;
}

Pace::Slot::~Slot()
{
    if (!pace_)
        return;
    const std::scoped_lock lock{pace_->mutex_};
    --pace_->under_way_;
}

void Pace::Slot::report(Signal signal, Steady now)
{
    Pace& pace = *pace_;
    const std::scoped_lock lock{pace.mutex_};
    pace.takes_ = std::chrono::duration_cast<milliseconds>(3 * pace.takes_ + (now - entered_)) / 4;
    if (signal == Signal::well) {
        pace.pause_ = {};
        if (++pace.went_well_ >= pace.window_) {
            pace.went_well_ = 0;
            pace.window_ = std::min(pace.window_ + 1, widest_window);
        }
    } else if (signal == Signal::too_much) {
        pace.went_well_ = 0;
        if (pace.window_ == 1)
            pace.pause_ = std::clamp(pace.pause_ * 2, seconds{1}, longest_pause);
        pace.window_ = std::max(pace.window_ / 2, 1U);
    }
    pace.not_before_ = now + pace.pause_;
    pace.last_report_ = now;
}

std::optional<Pace::Slot> Pace::enter(const std::shared_ptr<Pace>& pace, Steady now)
{
    const std::scoped_lock lock{pace->mutex_};
    if (pace->under_way_ >= pace->window_ || now < pace->not_before_)
        return {};
    ++pace->under_way_;
    return Slot{pace, now};
}

bool Pace::has_room(Steady now) const
{
    const std::scoped_lock lock{mutex_};
    return under_way_ < window_ && now >= not_before_;
}

unsigned Pace::window() const
{
    const std::scoped_lock lock{mutex_};
    return window_;
}

milliseconds Pace::turn_of(std::size_t place) const
{
    const std::scoped_lock lock{mutex_};
    const unsigned soon = std::min(2 * window_, widest_window); // it may go better than it did
    return (takes_ + pause_) * static_cast<std::int64_t>(place / soon);
}

Pace::Signal signal_of(const Outcome& outcome)
{
    using Stage = Outcome::Stage;
    if (outcome.is_delivered)
        return Pace::Signal::well;
    const auto& reply = outcome.reply;
    if (outcome.stage == Stage::connect || outcome.has_failed || reply.code == 421)
        return Pace::Signal::too_much;
    if (!reply.is_transient())
        return Pace::Signal::neither;
    // A mailbox that is full or greylisted concerns one recipient; policy and load concern us.
    const bool is_about_us = reply.enhanced.starts_with("4.7.")
        || reply.enhanced.starts_with("4.3.") || reply.enhanced == "4.2.1";
    return outcome.stage != Stage::rcpt || is_about_us ? Pace::Signal::too_much
                                                       : Pace::Signal::neither;
}
}
