// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/store.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace storage {
/// How a person wants the own mail judged.
struct OwnPolicy {
    bool is_off = false; ///< nothing is judged but what nobody can switch off
    std::optional<double> tag = {}, quarantine = {}; ///< thresholds in place of the policy's
    bool operator==(const OwnPolicy&) const = default;
};

/// Own policies by mailbox key. Immutable.
using OwnPolicies = std::map<std::string, OwnPolicy, std::less<>>;

/// What a person set besides language and lists.
struct PersonalSettings {
    OwnPolicy policy = {};
    /// Bit 0 is Monday, 0: no digest; none: as the site has it, and then the hour, too.
    std::optional<unsigned> digest_days = {};
    unsigned digest_hour = 7; ///< of the gateway's day
    bool operator==(const PersonalSettings&) const = default;
};

/// Preferences of accounts. Changes are durable when they return and act on the next message.
class Preferences {
public:
    virtual ~Preferences() = default;
    /// Throws Unavailable, and so does `put`.
    virtual awaitable<PersonalSettings> get(std::int64_t account) = 0;
    virtual awaitable<void> put(std::int64_t account, PersonalSettings settings) = 0;
    /// Of all addresses whose owner wants something of the own. Cheap; from any thread.
    virtual std::shared_ptr<const OwnPolicies> snapshot() const = 0;
};
}
