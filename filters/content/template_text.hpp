// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// A text as the template it was made from: a hash for each word (for each character of scripts
/// that set no blanks), one for all numbers, one for all addresses, one for the site of a link
/// whatever follows it, one for names behind a greeting. Quotation marks of replies, signatures and
/// paragraphs that programs add (list footers, disclaimers) are left out.
struct TemplateText {
    struct Token {
        std::uint64_t hash = 0;
        std::uint8_t mass = 0; ///< 5 a word, 3 a character
    };
    std::vector<Token> tokens;
};
/// Reads the first 48 KiB of `text`. `names` are words of the recipients' names.
TemplateText template_of(std::string_view text, const std::vector<std::string>& names);
}
