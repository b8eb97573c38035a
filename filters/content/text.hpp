// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace filters::content {
struct Text {
    std::string utf8; ///< valid UTF-8; what is no character is U+FFFD
    std::string charset; ///< what it was read as, a MIME name: "iso-2022-jp"
    bool is_guessed = false; ///< nothing, nonsense or a lie was declared
    bool is_cut = false;
};
/// The text of a part. A byte order mark beats the declaration; a declared charset that cannot be
/// (many octets are no characters in it) or is unknown is replaced by a guess; `ascii` and none at
/// all with octets over 127 are guessed. At most `limit` octets of UTF-8, cut between characters.
Text to_utf8(std::string_view bytes, std::string_view declared_charset, std::size_t limit);

/// As eyes see it: NFKC, case folded, zero-width and bidi controls gone, runs of blanks one blank.
/// For comparing and for shingles, beside the raw view.
std::string as_seen(std::string_view utf8);
}
