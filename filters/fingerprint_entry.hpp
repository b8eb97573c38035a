// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/fingerprint.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace filters {
/// Who says that a message was spam, or was wanted. A word of an administrator weighs three times
/// that of a user or a spam trap, one of a shared list twice.
struct Teacher {
    enum class Kind { user, administrator, trap, feed } kind = Kind::user;
    std::string who; ///< the same person twice counts once; "" all of the kind, to be taken back
};

/// What different people said of one fingerprint. Bounded: who comes after four different people
/// changes nothing.
class Votes {
public:
    /// False: this person was counted before, or enough have spoken.
    bool add(const Teacher& teacher);
    bool remove(const Teacher& teacher);
    unsigned weight() const { return weight_; }
    unsigned count(Teacher::Kind kind) const;
    bool is_empty() const { return weight_ == 0; }
    std::string to_string() const; ///< "1 administrator, 2 users"

private:
    friend struct FingerprintEntry;
    std::array<std::uint32_t, 4> people_{}; ///< hashes; the lowest two bits are the kind
    std::uint8_t weight_ = 0;
};

/// One known fingerprint. Times are seconds since 1970.
struct FingerprintEntry {
    content::Fingerprint print; ///< without its path
    Votes spam = {}, wanted = {};
    /// Senders of good repute who sent it, too.
    std::array<std::uint32_t, 3> good_senders{};
    std::uint32_t first = 0, last_vote = 0, last_seen = 0;
    std::uint32_t hits = 0;

    /// How sure it is that this is spam, from the number of those who said so: 0.5 for one user,
    /// 0.875 for an administrator, never 1.
    double strength() const;
    /// Mail that was wanted has it, too: it counts nothing.
    bool is_contested() const;
    bool add_good_sender(std::string_view domain);
    std::string evidence() const; ///< "2026-11-01 to 2026-11-20: 1 administrator, 2 users"

    std::string encode() const;
    /// nullopt: it is none, or one of another version.
    static std::optional<FingerprintEntry> decode(std::string_view record);
};
}
