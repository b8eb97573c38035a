// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace smtp {
/// The sender rewriting scheme: an envelope sender of our domain that leads bounces of forwarded
/// mail back to the sender it stands for. Signed, so that nobody can send through us with it, and
/// good for three weeks.
class Srs {
public:
    using Time = std::chrono::system_clock::time_point;
    /// `key`: any text that others do not know.
    Srs(mail::Domain domain, std::string key) : domain_{std::move(domain)}, key_{std::move(key)} { }

    /// "SRS0=HASH=TT=far.example=ann@DOMAIN"; for a sender that is such an address of another
    /// domain "SRS1=HASH=far.example==…". nullopt: its local part has what no recipient's may have,
    /// or it would be longer than an address may be.
    std::optional<mail::Mailbox> forward(const mail::Mailbox& sender, Time now) const;
    /// Whom a bounce is for; nullopt: it is no address of ours, forged or too old. Letters' case
    /// does not count, since servers on the way may change it.
    std::optional<mail::Mailbox> reverse(const mail::Mailbox& address, Time now) const;
    /// Whether it looks like one of ours.
    bool is_meant(const mail::Mailbox& address) const;

private:
    std::string hash(std::string_view text) const;
    std::optional<mail::Mailbox> first_hop(std::string_view rest, Time now) const;
    std::optional<mail::Mailbox> further_hop(std::string_view rest) const;

    mail::Domain domain_;
    std::string key_;
};
}
