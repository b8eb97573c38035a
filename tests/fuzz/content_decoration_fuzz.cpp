// SPDX-License-Identifier: Apache-2.0
// Excess of decoration: every count has its bound in the number of characters, whatever the text.
#include "filters/content/decoration.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

using namespace filters::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    std::size_t characters = 0;
    for (auto rest = text; !rest.empty(); ++characters)
        rest.remove_prefix(mail::first_character(rest).length);
    const auto found = decoration_of(text);
    require(found.letters + found.symbols + found.exclamations <= characters);
    require(found.capitals + found.small <= found.letters);
    require(found.ornaments * 4 <= characters);
    require(found.styled <= characters);
    require(found.broken_words * 2 <= characters && found.mixed_words * 4 <= characters);
    return 0;
}
