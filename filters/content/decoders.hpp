// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/transfer_encoding.hpp"

namespace filters::content {
/// The decoders behind `decode`, one file each.
Decoded decode_base64(std::string_view encoded, std::size_t limit);
Decoded decode_quoted_printable(std::string_view encoded, std::size_t limit);
Decoded decode_uuencode(std::string_view encoded, std::size_t limit);
}
