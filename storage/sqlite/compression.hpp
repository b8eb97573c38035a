// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace storage::sqlite {
/// One zstd frame, level 1.
std::string compressed(std::string_view bytes);

/// The same for input in pieces. `write` gets up to 128 KiB at a time.
class Compressor {
public:
    explicit Compressor(std::function<void(std::string_view)> write);
    ~Compressor();
    void add(std::string_view bytes);
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Fills a fixed room from pieces of a frame; throws std::runtime_error when they are no frame or
/// do not fit.
class Decompressor {
public:
    explicit Decompressor(std::span<char> room);
    ~Decompressor();
    void add(std::string_view bytes);
    /// Bytes that were never compressed.
    void copy(std::string_view bytes);
    std::size_t filled() const { return filled_; }

private:
    struct State;
    std::unique_ptr<State> state_;
    std::span<char> room_;
    std::size_t filled_ = 0;
};
}
