// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"

#include <optional>
#include <string>
#include <vector>

namespace filters {
/// What the organisation knows of accounts, besides files: whose addresses are whose.
class SenderDirectory {
public:
    virtual ~SenderDirectory() = default;
    /// Keys of an account's mailboxes, its own first; nullopt: there is no such account. On any
    /// loop. Throws std::runtime_error where nobody can be asked now.
    virtual net::awaitable<std::optional<std::vector<std::string>>>
    addresses_of(std::string account) = 0;

    /// Whether somebody whom it does not know is nobody: not so where only accounts of our own are
    /// asked, since others may sign in elsewhere.
    virtual bool knows_all() const { return true; }

    /// The one of these services; nullptr: there is none.
    static SenderDirectory* of(Services& services);
    /// Makes `directory` that one. It outlives every chain.
    static void keep(Services& services, SenderDirectory& directory);
};
}
