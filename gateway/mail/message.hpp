// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/header.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mail {
/// A buffer that knows how to give itself back; heap, a loop's free list or a mapped file look the
/// same.
class Chunk {
public:
    using Release = void (*)(char* data, std::size_t capacity, void* owner) noexcept;
    Chunk() = default;
    Chunk(char* data, std::size_t capacity, Release release, void* owner) noexcept
        : data_{data}, capacity_{capacity}, release_{release}, owner_{owner}
    { }
    Chunk(Chunk&& other) noexcept;
    Chunk& operator=(Chunk&& other) noexcept;
    ~Chunk();
    /// A heap chunk holding a copy of `bytes`.
    static Chunk copy_of(std::string_view bytes);

    char* data() { return data_; }
    std::size_t capacity() const { return capacity_; }
    std::size_t size() const { return size_; }
    std::string_view view() const { return {data_, size_}; }
    std::span<char> free_space() { return {data_ + size_, capacity_ - size_}; }
    /// Says that `size` bytes from the start are filled.
    void resize(std::size_t size) { size_ = size; }

private:
    char* data_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
    Release release_ = nullptr;
    void* owner_ = nullptr;
};

/// One mail's bytes as received, read-only, CRLF line ends throughout. Never edited; moves, never
/// copied. The final dot is not part of it. Offsets of header fields count in these bytes, stuffed
/// or not.
class Message {
public:
    Message() = default;
    Message(std::vector<Chunk> chunks, Dots dots);
    static Message from_text(std::string_view text, Dots dots = Dots::plain);
    Message(Message&&) = default;
    Message& operator=(Message&&) = default;

    std::size_t size() const { return size_; }
    Dots dots() const { return dots_; }
    const std::vector<Chunk>& chunks() const { return chunks_; }
    /// Field lines up to the empty line, not including it; at most `HeaderLimits::bytes` and then
    /// cut behind the last whole line.
    std::string_view header_block() const { return header_block_; }
    /// Parsed on first demand. Not safe to call first from two threads at once.
    const Header& header() const;
    /// Where the body starts: behind the empty line, or size() without one. Of a header that is
    /// longer than HeaderLimits::bytes the rest counts as body, and `header().is_truncated()` says
    /// so.
    std::size_t body_offset() const { return body_offset_; }
    /// The body as plain bytes (unstuffed), at most `limit`; for analysis, tests and people.
    std::string body(std::size_t limit) const;
    /// The whole message as plain bytes.
    std::string text() const;

private:
    bool find_header_end(std::string_view front, std::size_t searched);
    void locate_header();
    std::vector<Chunk> chunks_;
    std::size_t size_ = 0;
    Dots dots_ = Dots::plain;
    std::size_t body_offset_ = 0;
    bool header_is_cut_ = false;
    std::string_view header_block_;
    std::unique_ptr<std::string> joined_header_; // only where the block spans chunks
    mutable std::unique_ptr<Header> header_;
};
}
