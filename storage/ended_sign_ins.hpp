// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <mutex>

namespace storage {
/// Accounts all of whose sign-ins were ended (locked, removed, another password), for connections
/// that signed in once and stay. Of the process; safe from all threads.
class EndedSignIns {
public:
    static EndedSignIns& here();
    /// A moment: `has_ended` asks for what came after it.
    std::uint64_t now() const;
    /// `account`: its number.
    void note(std::int64_t account);
    bool has_ended(std::int64_t account, std::uint64_t since) const;

private:
    mutable std::mutex mutex_; // guards what follows
    std::uint64_t moment_ = 0;
    std::map<std::int64_t, std::uint64_t> ended_; // at most one entry for each account
};
}
