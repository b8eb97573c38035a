// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace smtp {
/// Signed return paths (BATV, draft-levine-smtp-batv-01): an envelope sender by which we know that
/// a bounce answers mail of ours, "prvs=KDDDSSSSSS=ann@our.example". Good for a week.
class ReturnPaths {
public:
    using Time = std::chrono::system_clock::time_point;
    /// `key`: any text that others do not know.
    explicit ReturnPaths(std::string key) : key_{std::move(key)} { }

    /// nullopt: it would be longer than an address may be.
    std::optional<mail::Mailbox> sign(const mail::Mailbox& sender, Time now) const;
    /// The address that was signed; nullopt: forged, or too old. Letters' case does not count.
    std::optional<mail::Mailbox> verify(const mail::Mailbox& address, Time now) const;
    /// Whether it has the form, by us or by others.
    static bool is_signed(const mail::Mailbox& address);

private:
    std::string code(unsigned last_day, std::string_view address) const;

    std::string key_;
};
}
