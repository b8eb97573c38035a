// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/fingerprint.hpp"
#include "filters/content/hash64.hpp"

#include <vector>

namespace filters::test {
/// A text of 100 shingles that no other number has.
inline content::Fingerprint text_print(std::uint64_t number)
{
    content::Fingerprint print;
    print.path = "1";
    print.exact = {content::mixed(number), content::mixed(number + 1'000'000)};
    print.shingles = 100;
    for (std::size_t i = 0; i < print.sketch.size(); ++i)
        print.sketch[i] = static_cast<std::uint8_t>(content::mixed(number * 64 + i) >> 9);
    return print;
}
/// The same text with a part of its shingles changed.
inline content::Fingerprint changed(content::Fingerprint print, std::size_t places)
{
    print.exact[0] += places;
    for (std::size_t i = 0; i < places; ++i)
        print.sketch[63 - i] ^= 0x55; // whole bands stay
    return print;
}
inline content::Fingerprint picture_print(std::uint64_t number)
{
    content::Fingerprint print;
    print.kind = content::Fingerprint::Kind::picture;
    print.path = "2";
    print.exact = {content::mixed(number + 77), 5};
    print.look = content::mixed(number) | 1;
    return print;
}
using Prints = std::vector<content::Fingerprint>;
}
