// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace web {
/// When digests go out: at an hour of days of the week, by the gateway's clock.
struct DigestSchedule {
    unsigned days = 0; ///< bit 0 is Monday; 0: never
    unsigned hour = 7;
    bool operator==(const DigestSchedule&) const = default;
};

/// "off", "daily 7", "mon-fri 7", "mon,thu 16"; nullopt: it is none.
std::optional<DigestSchedule> parse_digest_schedule(std::string_view text);

/// The latest moment of the schedule that is not after `now`; nullopt: it has none.
std::optional<std::chrono::system_clock::time_point>
last_moment(const DigestSchedule& schedule, std::chrono::system_clock::time_point now);

/// "2026-11-21 14:03", by the gateway's clock.
std::string local_minute(std::chrono::system_clock::time_point time);

/// What the configuration says of digests.
struct DigestSettings {
    DigestSchedule schedule; ///< of whoever chose none
    bool is_for_everyone = false; ///< also for addresses without an account
    std::optional<mail::Mailbox> from; ///< none: the postmaster of the reader's domain
    std::string language = "en"; ///< of whoever's is not known
};
}
