// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace net {
/// Bytes read and not yet consumed, in one piece. 512 of them live inside; more live on the heap,
/// which goes back as soon as everything is consumed and the next bytes are asked for.
class InputBuffer {
public:
    std::string_view view() const { return {data() + begin_, end_ - begin_}; }
    std::size_t size() const { return end_ - begin_; }
    bool is_empty() const { return begin_ == end_; }
    /// Forgets the first `count` bytes; they stay where they are until `space` or `unread`.
    void consume(std::size_t count) { begin_ += count; }
    /// Gives the heap back if nothing is left.
    void shrink();
    /// Puts `bytes` in front; they may lie in this buffer.
    void unread(std::string_view bytes);
    /// Room behind what is there, at least `wanted` bytes; moves or grows. Views become invalid.
    std::span<char> space(std::size_t wanted);
    /// `count` bytes were written to what `space` gave.
    void filled(std::size_t count) { end_ += count; }
    /// Forgets bytes at the end.
    void drop_last(std::size_t count) { end_ -= count; }
    std::size_t heap() const { return heap_ ? capacity_ : 0; }

private:
    char* data() { return heap_ ? heap_.get() : inline_.data(); }
    const char* data() const { return heap_ ? heap_.get() : inline_.data(); }
    void grow(std::size_t capacity);

    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t capacity_ = 512;
    std::unique_ptr<char[]> heap_;
    std::array<char, 512> inline_;
};
}
