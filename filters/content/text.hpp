// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace filters::content {
struct Text {
    std::string utf8; ///< valid UTF-8; what is no character is U+FFFD
    std::string charset; ///< what it was read as, a MIME name in lower case: "iso-2022-jp"
    bool is_guessed = false; ///< nothing, nonsense or a lie was declared
    bool is_cut = false;
};
/// The text of a part. A byte order mark beats the declaration; a declared charset that cannot be
/// (many octets are no characters in it) or is unknown is replaced by a guess; `ascii` and none at
/// all with octets over 127 or ISO 2022 escapes are guessed. At most `limit` octets of UTF-8, cut
/// between characters; no more input is looked at than can fill it.
Text to_utf8(std::string_view bytes, std::string_view declared_charset, std::size_t limit);

enum class Letters { folded, as_written };
/// As eyes see it: NFKC, zero-width and bidi controls gone, runs of blanks one blank, upper and
/// lower case alike unless `as_written`. For comparing and for shingles, beside the raw view.
/// Valid UTF-8 in and out.
std::string as_seen(std::string_view utf8, Letters letters = Letters::folded);
}
