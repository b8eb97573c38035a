// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace filters::content {
/// Appends a character as UTF-8; U+FFFD for surrogates and values beyond Unicode.
void append_character(std::string& out, char32_t value);

/// Where a character reference stands: in a value "&copy=1" is no reference, in text it is one.
enum class ReferencePlace { text, attribute };

/// Appends `html` with its character references decoded (WHATWG §13.2.5.72 ff.): named ones, also
/// without semicolon where HTML allows it, decimal and hexadecimal ones. Linear.
void append_decoded(std::string& out, std::string_view html, ReferencePlace place);
}
