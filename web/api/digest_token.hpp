// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace web {
/// What a link of a digest gives: one recipient's row of one message, until it expires.
struct DigestClaim {
    storage::RowId row;
    std::string address; ///< whose mail it is: a mailbox key
    storage::WallTime expires{};
    bool operator==(const DigestClaim&) const = default;
};

/// Signs links of digests. The key lies in the data directory, in the file digest.key: without it
/// links that were sent no longer work.
class DigestKey {
public:
    /// 32 octets.
    explicit DigestKey(std::string key) : key_{std::move(key)} { }
    /// Reads the file, or makes it. Throws where neither can be done.
    static DigestKey of(const std::string& directory, net::Env& env);

    /// Letters, digits, '-' and '_'.
    std::string token(const DigestClaim& claim) const;
    /// nullopt: it is none of ours, or has expired.
    std::optional<DigestClaim> read(std::string_view token, storage::WallTime now) const;
    /// What a digest is known by in the store: the one to this address that follows what was told
    /// before, and tells what was held for so long when it was made.
    storage::TransactionHash once(std::string_view address, storage::WallTime told,
                                  std::chrono::seconds settled) const;

private:
    std::string key_;
};
}
