// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace storage::backup {
/// How a key comes from a passphrase: argon2id with these numbers.
struct KeyDerivation {
    std::string salt; ///< 16 octets; empty: nothing is sealed
    std::uint64_t operations = 0, memory = 0;
};
KeyDerivation new_derivation();

/// Seals keys by a passphrase (XChaCha20-Poly1305). Each sealed text is bound to its name.
class Seal {
public:
    /// Takes a tenth of a second and 64 MiB. Throws std::runtime_error when it cannot, or when
    /// the numbers are beyond what a backup of ours has.
    Seal(std::string_view passphrase, const KeyDerivation& derivation);
    ~Seal();
    Seal(const Seal&) = delete;
    Seal& operator=(const Seal&) = delete;
    std::string close(std::string_view name, std::string_view text) const;
    /// nullopt: another passphrase, another name, or damaged.
    std::optional<std::string> open(std::string_view name, std::string_view sealed) const;

private:
    std::string key_;
};
}
