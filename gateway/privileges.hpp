// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>

namespace app {
/// The user a role runs as.
struct Account {
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
};
/// The account to become: nullopt unless we are root and a user of that name exists.
std::optional<Account> account_to_become(const std::string& name);
/// Gives root away for good. The error says which step failed.
std::expected<void, std::string> become(const Account& account);

/// Makes the data directory (mode 0700) and gives it to `account`; takes a lock that ends with the
/// process group. Returns the lock's descriptor; the error is one sentence.
std::expected<int, std::string> take_data_directory(const std::string& directory,
                                                    const std::optional<Account>& account);
}
