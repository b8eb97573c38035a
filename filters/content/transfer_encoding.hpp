// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// Content-Transfer-Encoding (RFC 2045 §6) and uuencode.
enum class Encoding { none, base64, quoted_printable, uuencode, unknown };

/// The encoding a field value names; `none` for 7bit, 8bit, binary and "". Comments, blanks and
/// quotes around the name do not count.
Encoding parse_encoding(std::string_view value);
std::string_view to_string(Encoding encoding);

struct Decoded {
    std::string bytes; ///< what most programs make of it
    bool is_cut = false; ///< `limit` was reached
    /// What other programs make of it, each different from `bytes`: some stop at padding in the
    /// middle or at an octet that does not belong, some pass over either; a lone "=" of
    /// quoted-printable stays or goes. At most 3; empty for what honest programs send.
    std::vector<std::string> others;
};
/// Decodes at most `limit` octets. Never fails; linear. `none` and `unknown` copy. Line ends stay
/// as they are. Of uuencoded text what stands before its "begin" line is passed over.
Decoded decode(std::string_view encoded, Encoding encoding, std::size_t limit);
}
