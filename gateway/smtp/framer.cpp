// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/framer.hpp"

#include <algorithm>
#include <bit>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace smtp {
namespace {
bool is_line_control(char c) { return c == '\r' || c == '\n' || c == '\0'; }
}

std::size_t find_line_control(const char* data, std::size_t from, std::size_t size)
{
#ifdef __SSE2__
    const __m128i cr = _mm_set1_epi8('\r');
    const __m128i lf = _mm_set1_epi8('\n');
    const __m128i nul = _mm_setzero_si128();
    for (; from + 16 <= size; from += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + from));
        const __m128i hits
            = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, lf)),
                           _mm_cmpeq_epi8(block, nul));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits)))
            return from + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    while (from < size && !is_line_control(data[from]))
        ++from;
    return from;
}

void Framer::end_line()
{
    longest_line_ = std::max(longest_line_, taken_ - line_start_);
    line_start_ = taken_;
    state_ = State::line_start;
}

/// One octet, already counted in `taken_`.
void Framer::step(char c)
{
    const State before = state_;
    const bool after_cr = before == State::cr || before == State::dot_cr;
    if (c == '\n' && before == State::dot_cr && ending_ == Ending::dot) {
        state_ = State::complete;
        return;
    }
    if (c == '\n' && after_cr)
        return end_line();
    has_bare_cr_ |= after_cr;
    if (c == '\r') {
        state_ = before == State::dot ? State::dot_cr : State::cr;
    } else if (c == '.' && before == State::line_start) {
        state_ = State::dot;
    } else {
        state_ = State::text;
        has_bare_lf_ |= c == '\n';
        has_nul_ |= c == '\0';
    }
}

std::size_t Framer::scan(std::string_view bytes)
{
    std::size_t at = 0;
    while (at < bytes.size() && state_ != State::complete) {
        if (state_ == State::text || state_ == State::line_start) {
            // Nothing in plain text matters but a line control, and a dot at its very start.
            if (state_ == State::line_start && bytes[at] != '.' && !is_line_control(bytes[at]))
                state_ = State::text;
            if (state_ == State::text) {
                const auto next = find_line_control(bytes.data(), at, bytes.size());
                taken_ += next - at;
                at = next;
                if (at == bytes.size())
                    break;
                if (bytes[at] == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n') {
                    taken_ += 2;
                    at += 2;
                    end_line();
                    continue;
                }
            }
        }
        ++taken_;
        step(bytes[at++]);
    }
    longest_line_ = std::max(longest_line_, taken_ - line_start_);
    return at;
}

void Framer::finish() { has_bare_cr_ |= state_ == State::cr || state_ == State::dot_cr; }
}
