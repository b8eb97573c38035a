// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>

namespace filters::content {
/// How a text is decorated or disguised, in numbers of characters unless said.
struct Decoration {
    std::size_t letters = 0; ///< of all scripts
    std::size_t capitals = 0, small = 0; ///< of Latin letters
    std::size_t symbols = 0; ///< emoji, stars, arrows, squares and the like
    std::size_t ornaments = 0; ///< runs of four and more of one symbol or line: "★★★★", "━━━━"
    std::size_t exclamations = 0;
    std::size_t styled = 0; ///< letters that are symbols: "𝐏𝐚𝐲", "Ⓟⓐⓨ"
    std::size_t broken_words = 0; ///< Latin words with something invisible inside
    std::size_t mixed_words = 0; ///< words of Latin letters with Cyrillic or Greek ones among them
};
/// Linear. Zero-width joiners between emoji, soft hyphens at syllables and the scripts that need
/// joiners are honest and do not count.
Decoration decoration_of(std::string_view utf8);
}
