// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/conditions.hpp"
#include "storage/store.hpp"
#include "web/api/alert_settings.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace web {
using storage::WallTime;

/// One thing to tell.
struct Change {
    enum class What { bad, well, reminder, event };
    What what = What::bad;
    smtp::Condition condition;
    WallTime since{}; ///< when it began
};
std::string_view to_string(Change::What what);

/// What is bad, since when, and whether it was told. Pure: the clock is the caller's. One change is
/// told when it lasts, and one when it is over for good; what comes and goes must be well for
/// longer each time. Bounded.
class AlertState {
public:
    static constexpr std::size_t most = 500;
    /// What is to be told, given what is bad now.
    std::vector<Change> step(const std::vector<smtp::Condition>& bad, WallTime now,
                             const AlertSettings& settings);
    /// What was told and is not over.
    std::vector<Change> standing() const;
    /// Since when it is bad; the epoch where it is not.
    WallTime since(const smtp::Condition& condition) const;

    /// As it is kept over a restart: changes where something is told or begins, not at every look.
    std::string text() const;
    /// `now`: what was bad counts as seen bad until then, for a gateway that has just started knows
    /// little.
    static AlertState parse(std::string_view text, WallTime now);

private:
    struct Entry {
        smtp::Condition condition; ///< with the detail that was told
        std::string latest = {}; ///< the detail as it is now
        WallTime first{}, last{}; ///< seen bad
        WallTime told{}; ///< that it is bad, or reminded of; the epoch: it is not told
        WallTime over{}; ///< told that it is well; the epoch: never
        unsigned times = 0; ///< told bad within a day of each other
    };
    void see(const smtp::Condition& condition, WallTime now);
    std::map<std::string, Entry> entries_;
};
}
