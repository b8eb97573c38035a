// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// Who may send under which addresses: accounts, and for each the addresses and domains it may use
/// (features O2).
class SenderRights {
public:
    /// Takes one line: an account and behind it what it may use, separated by blanks: "ann@a.test",
    /// "@a.test" for a domain, "*" for all. Several lines of one account add up; '#' begins a
    /// comment. The error is for people.
    std::expected<void, std::string> add(std::string_view line);
    bool knows(std::string_view account) const;
    /// False for an account that is not known.
    bool may_use(std::string_view account, const mail::Mailbox& address) const;
    /// The addresses that were named for an account, the first first.
    std::vector<std::string> addresses_of(std::string_view account) const;
    std::size_t size() const { return rights_.size(); }

private:
    struct Rights {
        std::vector<std::string> addresses; ///< keys of mailboxes
        std::vector<std::string> domains; ///< ASCII
        bool has_all = false;
    };
    static std::string key_of(std::string_view account);
    std::map<std::string, Rights, std::less<>> rights_;
};
}
