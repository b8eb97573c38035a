// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <sys/uio.h>

namespace net {
/// A first text and pieces behind it, sent little by little.
class Gather {
public:
    Gather(std::string_view first, std::span<const std::string_view> pieces)
        : current_{first}, pieces_{pieces}
    {
        advance(0);
    }
    bool is_done() const { return current_.empty(); }
    /// The rest of the piece in turn; empty when done.
    std::string_view current() const { return current_; }
    /// Fills `vectors` with what is left, at most `limit` bytes; returns how many were used.
    std::size_t vectors(std::span<iovec> vectors, std::size_t limit) const;
    /// Copies what is left into `space` as far as it fits; returns the number of bytes.
    std::size_t copy(std::span<char> space) const;
    void advance(std::size_t sent);

private:
    std::string_view current_;
    std::span<const std::string_view> pieces_;
};
}
