// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"
#include "storage/history.hpp"

#include <span>
#include <string>
#include <vector>

namespace filters {
/// By whom a mail left (features O4, O6, O12).
struct Departure {
    std::string account = {}; ///< whose it is
    std::string alias = {}; ///< for whom it came in, and who sent it on; "": nobody, or the list
    std::string list = {};
    /// Where something is to be mended: at the list, else at the alias, else at the account.
    const std::string& who() const
    {
        return !list.empty() ? list : !alias.empty() ? alias : account;
    }
    bool operator==(const Departure&) const = default;
};

/// What rows of one mail say of it, newest first: of those that left for one of these recipients
/// (keys), or else, where it is not `strict`, of any that left. Empty: none did.
Departure departure_in(std::span<const storage::HistoryRow> rows,
                       std::span<const std::string> recipients, bool strict);

/// "staff-bounces+ann=far.example@b.example" → "staff@b.example", as lists call themselves; what is
/// no list's own address stays as it is, without what stands behind a '+'.
std::string list_name_in(const mail::Mailbox& address);
/// Whether it is an address that lists use for themselves: "staff-bounces@…", "owner-staff@…".
bool is_of_list(const mail::Mailbox& address);
}
