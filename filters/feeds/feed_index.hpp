// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/private_key.hpp"
#include "filters/content/content.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::feeds {
/// What a file is for, and so what it is checked as before it is used.
enum class FileKind { rules, links, addresses, model, fingerprints, other };
std::string_view to_string(FileKind kind);
std::optional<FileKind> parse_file_kind(std::string_view word);

/// A name for a feed or a file in it: letters, digits, "._-", at most 100, not beginning with ".".
bool is_feed_word(std::string_view text);

struct FeedFile {
    FileKind kind = FileKind::other;
    std::string name;
    std::uint64_t size = 0;
    content::Sha256 sha256{};
    bool operator==(const FeedFile&) const = default;
};

/// The head of a feed: what it consists of. Its text is
///   mailweir feed 1
///   name NAME
///   serial N
///   date 2026-11-22T08:00:00Z
///   file KIND SIZE SHA-256 NAME        (one line each, by name)
/// and, signed, `signature BASE64` on a last line: Ed25519 over all before it. There is one way to
/// write an index, and no other is read.
struct FeedIndex {
    static constexpr std::size_t longest_text = 256U << 10, most_files = 500;
    static constexpr std::uint64_t largest_file = 256U << 20, largest_feed = 1ULL << 30;

    std::string name;
    std::uint64_t serial = 0; ///< grows with each version
    std::chrono::sys_seconds made{};
    std::vector<FeedFile> files;

    std::string to_text() const;
    /// Text without its signature; the error says what is wrong.
    static std::expected<FeedIndex, std::string> parse(std::string_view text);
    const FeedFile* find(std::string_view file) const;
};

/// Who may sign a feed: 32 octets in base64, as `mailweir update keygen` prints them.
class FeedKey {
public:
    static std::optional<FeedKey> parse(std::string_view base64);
    bool verifies(std::string_view message, std::string_view signature) const;

private:
    std::array<unsigned char, 32> octets_{};
};

/// The index's text with its signature. `key` is an Ed25519 key.
std::string signed_text(const FeedIndex& index, const auth::PrivateKey& key);
/// An index that `key` signed and that is the one of the feed `name`. Nothing of a text whose
/// signature is wrong is looked at.
std::expected<FeedIndex, std::string> verified_index(std::string_view text, const FeedKey& key,
                                                     std::string_view name);
}
