// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace filters::content {
/// Content-Transfer-Encoding (RFC 2045 §6) and uuencode.
enum class Encoding { none, base64, quoted_printable, uuencode, unknown };

/// The encoding a field value names; `none` for 7bit, 8bit, binary and "".
Encoding parse_encoding(std::string_view value);
std::string_view to_string(Encoding encoding);

struct Decoded {
    std::string bytes;
    bool is_cut = false; ///< `limit` was reached
    /// Decoders differ over this input: padding in the middle, octets that do not belong, a lone
    /// "=". `bytes` is what most programs make of it; `other` what the rest do, where it differs.
    bool is_ambiguous = false;
    std::optional<std::string> other;
};
/// Decodes at most `limit` octets. Never fails; linear.
Decoded decode(std::string_view encoded, Encoding encoding, std::size_t limit);
}
