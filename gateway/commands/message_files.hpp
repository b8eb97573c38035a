// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/line_ends.hpp"

#include <cstdint>
#include <expected>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app::commands {
/// A message on disk. `problem` says why it could not be read.
struct RawMessage {
    std::size_t number = 0; ///< 0, 1, 2 … in input order
    std::string path; ///< "a.eml", "box.mbox#3", "-"
    std::string text, problem;
};

/// Messages of files, mboxes, Maildirs and folders, one at a time, in order; names of a folder in
/// lexical order. Reads no more than one message ahead. Safe from all threads.
class MessageFiles {
public:
    static constexpr std::size_t largest = 128U << 20;
    /// Finds all files first. The error names a path that does not exist.
    static std::expected<MessageFiles, std::string> find(const std::vector<std::string>& paths);
    MessageFiles(MessageFiles&& other) noexcept;

    std::optional<RawMessage> next();
    std::uint64_t octets() const { return octets_; } ///< of all files
    std::uint64_t octets_read() const;

private:
    MessageFiles() = default;
    bool open_next();
    RawMessage whole_file();
    std::optional<RawMessage> next_of_mbox();

    std::vector<std::string> files_;
    std::uint64_t octets_ = 0, octets_read_ = 0;
    mutable std::mutex mutex_;
    std::size_t next_file_ = 0, count_ = 0, in_mbox_ = 0;
    std::ifstream in_;
    std::string path_;
    bool is_mbox_ = false;
};

using mail::with_crlf;
}
