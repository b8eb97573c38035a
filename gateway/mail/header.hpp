// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mail {
/// Whether lines that begin with a dot carry one more (RFC 5321 §4.5.2).
enum class Dots { plain, stuffed };

/// Limits of promise §6; what lies beyond is not read, and `Header::is_truncated` says so.
struct HeaderLimits {
    static constexpr std::size_t bytes = 256 * 1024;
    static constexpr std::size_t fields = 1000;
    static constexpr std::size_t encoded_words = 1000;
    static constexpr std::size_t addresses = 2000;
};

/// One field as received. Views point into the message.
struct Field {
    std::string_view name;  ///< as written, without colon and blanks before it
    std::string_view value; ///< raw: behind the colon up to the last CRLF, folds included
    std::size_t offset = 0; ///< of the name, in the message
    std::size_t length = 0; ///< whole field with folds and its last CRLF
    bool is(std::string_view other) const; ///< same name, whatever the case
};

/// The field list of a message (RFC 5322 §2.2): the one header parser of the house.
class Header {
public:
    /// Reads a block of CRLF lines up to its end or an empty line; the views point into `block`.
    /// Lines that are no field (and their folds) are skipped and counted.
    static Header parse(std::string_view block, Dots dots = Dots::plain);
    const std::vector<Field>& fields() const { return fields_; }
    const Field* find(std::string_view name) const; ///< the first, or nullptr
    std::size_t count(std::string_view name) const;
    std::size_t malformed_lines() const { return malformed_lines_; }
    /// Fields beyond HeaderLimits were not read.
    bool is_truncated() const { return is_truncated_; }
    /// The first field of that name, unfolded and with RFC 2047 words decoded, as UTF-8; "" without
    /// one.
    std::string decoded(std::string_view name) const;

private:
    friend class Message;
    std::vector<Field> fields_;
    std::size_t malformed_lines_ = 0;
    bool is_truncated_ = false;
};

/// Folds removed (RFC 5322 §2.2.3): CRLF before a blank goes, blanks and CRLF at both ends too.
/// Control characters stay: who shows text escapes it.
std::string unfold(std::string_view raw);

/// RFC 2047 words decoded to UTF-8 by ICU, neighbours joined; what cannot be decoded stays as
/// written; invalid UTF-8 becomes U+FFFD; at most HeaderLimits::encoded_words.
std::string decode_words(std::string_view unfolded);

/// `utf8` as one or more RFC 2047 words (UTF-8, B), each ≤ 75 octets, joined by CRLF SP, never
/// split inside a character. Printable ASCII that cannot be taken for such a word stays as it is.
/// `column` octets stand before it on its first line, which is kept ≤ 76 octets where that is
/// possible.
std::string encode_words(std::string_view utf8, std::size_t column = 0);

/// An address list as in From, To, Reply-To (RFC 5322 §3.4): comments, groups and obsolete forms
/// understood. Takes linear time on every input and does not recurse.
struct AddressList {
    struct Entry {
        std::string display_name; ///< decoded, UTF-8; an old-style comment where there is no phrase
        Mailbox mailbox;
    };
    std::vector<Entry> entries;
    /// Entries that were no mailbox, or had more around it than the syntax allows.
    std::size_t malformed = 0;
    bool is_truncated = false; ///< there were more than HeaderLimits::addresses
};
AddressList parse_address_list(std::string_view raw_value);
}
