// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace filters::auth {
/// How header or body are brought to one form before hashing (RFC 6376 §3.4).
enum class Canonicalization { simple, relaxed };
std::string_view to_string(Canonicalization canonicalization);

/// Appends the canonical form of one field, its last CRLF included. `field` is of `message`.
void append_field(std::string& out, const mail::Message& message, const mail::Field& field,
                  Canonicalization canonicalization);
/// The same of a field that stands by itself, with or without its last CRLF.
void append_field(std::string& out, std::string_view raw_field, Canonicalization canonicalization);
/// The field as it was sent: bytes of `message` without stuffing.
std::string_view raw_field(const mail::Message& message, const mail::Field& field);

/// The SHA-256 hash of a canonical body, fed piece by piece in linear time (RFC 6376 §3.4.3, 3.4.4,
/// 3.7). Pieces may end anywhere.
class BodyHasher {
public:
    /// `length` is l=: only so many canonical octets are hashed, all are counted.
    BodyHasher(Canonicalization canonicalization, std::optional<std::uint64_t> length);
    BodyHasher(BodyHasher&&) noexcept;
    ~BodyHasher();
    void feed(std::string_view plain);
    /// Once, at the end: the 32 octets of the hash.
    std::string finish();
    /// Canonical octets of the whole body; known after `finish`.
    std::uint64_t octets() const { return octets_; }

private:
    struct Digest;
    std::string_view feed_clean_lines(std::string_view plain);
    void feed_octet(char c);
    void put_text(char c);
    void begin_text();
    void end_line();
    void put(std::string_view canonical);
    void put_owed();
    void flush();

    Canonicalization canonicalization_;
    std::uint64_t left_;
    std::uint64_t octets_ = 0;
    std::uint64_t owed_lines_ = 0; ///< empty lines that count only if text follows
    bool has_text_ = false; ///< this line has canonical octets already
    bool owes_blank_ = false; ///< white space that counts only if text follows in this line
    bool owes_cr_ = false; ///< a CR whose LF has not come yet
    std::string scratch_;
    std::unique_ptr<Digest> digest_;
};
}
