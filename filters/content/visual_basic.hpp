// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace filters::content {
/// Unpacks a compressed container (MS-OVBA §2.4.1), as far as it is sound, at most `limit` octets.
std::string decompress_visual_basic(std::string_view container, std::size_t limit);

/// The source of a module stream: what its compressed container holds; "" if it has none.
std::string module_source(std::string_view stream, std::size_t limit);

/// Some procedure of it runs when the document is opened, closed or shown.
bool has_automatic_procedure(std::string_view source);
}
