// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace mail {
/// One character read off the front of UTF-8 text (RFC 3629).
struct Utf8Character {
    char32_t value = 0;     ///< U+FFFD where the bytes are no character
    std::size_t length = 0; ///< octets used, at least 1
    bool is_valid = false;
};

/// Reads the first character; `text` must not be empty. Overlong forms, surrogates and values above
/// U+10FFFF are invalid.
Utf8Character first_character(std::string_view text);

bool is_utf8(std::string_view text);

/// Appends `text`, with U+FFFD for each run of bytes that is no character.
void append_utf8(std::string& out, std::string_view text);
}
