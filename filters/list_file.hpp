// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace filters {
/// What a file is on disk; not there: all zero.
struct FileState {
    std::chrono::system_clock::time_point changed{};
    std::uint64_t size = 0;
    bool is_there = false;
    bool operator==(const FileState&) const = default;
};
FileState state_of(const std::string& path);

/// Calls `take` with each line of a text file, without its line end; zstd is unpacked (known by its
/// magic number). Lines longer than 4 KiB come as an empty text and true. At most 1 GiB is read.
/// Blocking; the error is for people.
std::expected<void, std::string>
read_list_file(const std::string& path,
               const std::function<void(std::string_view line, bool is_too_long)>& take);
}
