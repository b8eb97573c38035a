// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/header.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

// What the parts of TwoWayMemory share: how a mail is marked and named there.
namespace filters::two_ways {
inline constexpr std::uint8_t went_out = 1, would_have = 2, unproven = 4; // marks
// Of the copy of a mail of ours for one recipient, which is found by `hash_of_copy`.
inline constexpr std::uint8_t sent = 8, came_back = 16;

inline std::uint32_t seconds_of(std::chrono::system_clock::time_point time)
{
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

inline std::string_view without_brackets(std::string_view id)
{
    if (id.starts_with('<') && id.ends_with('>') && id.size() > 2)
        id = id.substr(1, id.size() - 2);
    return id;
}

/// Without brackets; "": it has none.
inline std::string id_of(const mail::Header& header)
{
    const auto* field = header.find("Message-ID");
    return field ? std::string{without_brackets(mail::unfold(field->value))} : std::string{};
}
}
