// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// The entries of an address list, unfolded and not decoded, as SpamAssassin tells them apart: what
/// stands between "," or ";" (or on another line) outside of quotes, comments and "<>"; without a
/// group's name. Linear.
std::vector<std::string_view> list_entries(std::string_view list);
/// The address, or the display name, of one entry; "" none. Quotes and comments are left out of
/// names, not decoded.
std::string entry_address(std::string_view entry);
std::string entry_name(std::string_view entry);
/// Blanks once and not around it, apostrophes around all of it left out.
std::string plain_name(std::string_view text);
}
