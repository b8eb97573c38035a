// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smtp {
/// Finds the end of DATA and everything wrong with its line ends, in one pass over bytes as they
/// arrive. Only CRLF.CRLF ends the data (RFC 5321 §4.1.1.4); a bare CR, a bare LF and NUL are
/// noticed, never ends.
class Framer {
public:
    enum class Ending { dot, counted }; ///< DATA, or BDAT whose lengths are known beforehand
    explicit Framer(Ending ending) : ending_{ending} { }

    /// Takes the next bytes. Returns how many belong to the data, the final dot line included;
    /// fewer than given only when the end was found.
    std::size_t scan(std::string_view bytes);
    /// The final dot was seen.
    bool is_complete() const { return state_ == State::complete; }
    /// Octets of the message so far: without the final dot line once complete.
    std::uint64_t size() const { return is_complete() ? line_start_ : taken_; }

    bool has_bare_line_end() const { return has_bare_cr_ || has_bare_lf_; }
    bool has_nul() const { return has_nul_; }
    std::uint64_t longest_line() const { return longest_line_; } ///< octets with CRLF, so far
    bool ends_with_line() const { return state_ == State::line_start; }
    /// For BDAT, after the last chunk: a CR at the very end is bare.
    void finish();

private:
    enum class State : std::uint8_t { line_start, dot, dot_cr, text, cr, complete };
    void step(char c);
    void end_line();
    Ending ending_;
    State state_ = State::line_start;
    bool has_bare_cr_ = false, has_bare_lf_ = false, has_nul_ = false;
    std::uint64_t taken_ = 0;
    std::uint64_t line_start_ = 0;
    std::uint64_t longest_line_ = 0;
};

/// The first of CR, LF and NUL at or after `from`; `size` if there is none. Sixteen octets at a
/// time.
std::size_t find_line_control(const char* data, std::size_t from, std::size_t size);
}
