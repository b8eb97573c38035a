// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/stamp.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace storage::sqlite {
/// The ranges of a stamp as they are stored: two 64-bit little-endian numbers each.
std::string stored_ranges(const std::vector<mail::Range>& ranges);
std::vector<mail::Range> ranges_from(std::string_view stored);

/// Hostile text made fit for tables and pages: valid UTF-8, at most 512 octets, cut between
/// characters.
std::string shown(std::string_view text);

/// `text` as a part of a LIKE pattern with ESCAPE '\\', and the pattern that finds it anywhere.
std::string like_escaped(std::string_view text);
std::string like_pattern(std::string_view text);
}
