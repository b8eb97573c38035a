// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"

#include <map>
#include <memory>
#include <string>

namespace filters {
/// What nobody knows any more.
enum class Gone {
    address, ///< the recipient check says that there is no such mailbox
    sign_in ///< neither an account here nor the directory has this name
};

/// Accounts that sent, by name, and members of lists, by key, that are gone (features O3 to O5). As
/// a round found it; empty before the first. Safe from all threads.
struct GoneAddresses {
    std::map<std::string, Gone, std::less<>> all;
    /// Never nullptr.
    static std::shared_ptr<const GoneAddresses> here();
    static void put_here(std::shared_ptr<const GoneAddresses> gone);
};

/// When a round is due, and the round: it asks the recipient check about each address of ours that
/// sends or is in a list, and the organisation's directory about each account that is a name, one
/// after the other and slowly. What cannot be asked stays as it was. For one loop.
class GoneRounds {
public:
    /// Outlives this.
    explicit GoneRounds(Services& services) : services_{services} { }
    /// Every six hours, when lists changed, and when `configuration` is another one.
    bool is_due(const std::shared_ptr<const void>& configuration);
    net::awaitable<void> look();

private:
    Services& services_;
    std::weak_ptr<const void> configuration_, lists_;
    net::Env::Steady begun_{};
    bool is_under_way_ = false;
};
}
