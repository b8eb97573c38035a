// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace mail {
/// Where `first` is directly followed by `second`; npos if nowhere. One vector pass.
inline std::size_t find_pair(std::string_view text, char first, char second)
{
    std::size_t at = 0;
#ifdef __SSE2__
    const __m128i firsts = _mm_set1_epi8(first);
    const __m128i seconds = _mm_set1_epi8(second);
    for (; at + 17 <= text.size(); at += 16) {
        const char* data = text.data() + at;
        const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
        const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + 1));
        const __m128i both
            = _mm_and_si128(_mm_cmpeq_epi8(here, firsts), _mm_cmpeq_epi8(next, seconds));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(both)))
            return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    while (at + 1 < text.size()) {
        const void* hit = std::memchr(text.data() + at, first, text.size() - 1 - at);
        if (!hit)
            break;
        at = static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
        if (text[at + 1] == second)
            return at;
        ++at;
    }
    return std::string_view::npos;
}
}
