// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mail {
/// The one id of a message: 64 bits, 13 characters of Crockford base32, sorted by time.
/// Upper 42 bits: milliseconds since 2020-01-01; lower 22: sequence.
class MailId {
public:
    constexpr MailId() = default;
    constexpr explicit MailId(std::uint64_t value) : value_{value} { }
    /// Any case, with i/l as 1 and o as 0; nullopt unless 13 characters that fit 64 bits.
    static std::optional<MailId> parse(std::string_view text);
    std::uint64_t value() const { return value_; }
    std::string to_string() const;
    auto operator<=>(const MailId&) const = default;

private:
    std::uint64_t value_ = 0;
};

/// Hands out ids, strictly rising even when the clock steps back. Safe from all threads.
class IdSource {
public:
    MailId next(std::chrono::system_clock::time_point now);

private:
    std::atomic<std::uint64_t> last_{0};
};
}
