// SPDX-License-Identifier: Apache-2.0
#include "filters/content/transfer_encoding.hpp"

#include "filters/content/decoders.hpp"
#include "gateway/mail/ascii.hpp"

namespace filters::content {
namespace {
// The first word, without comments and quotes: what is left of " (x) \"Base64\" ; y" is "Base64".
std::string_view first_word(std::string_view value)
{
    std::size_t depth = 0;
    std::size_t start = std::string_view::npos;
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char c = value[at];
        if (c == '(')
            ++depth;
        const bool is_word = depth == 0 && c > ' ' && c != '"' && c != ';' && c != '\'';
        if (is_word && start == std::string_view::npos)
            start = at;
        else if (!is_word && start != std::string_view::npos)
            return value.substr(start, at - start);
        if (c == ')' && depth > 0)
            --depth;
    }
    return start == std::string_view::npos ? std::string_view{} : value.substr(start);
}
}

Encoding parse_encoding(std::string_view value)
{
    const auto word = first_word(value);
    const auto is = [&](std::string_view name) { return mail::equals_ignoring_case(word, name); };
    if (word.empty() || is("7bit") || is("8bit") || is("binary") || is("7-bit") || is("8-bit"))
        return Encoding::none;
    if (is("base64"))
        return Encoding::base64;
    if (is("quoted-printable"))
        return Encoding::quoted_printable;
    if (is("x-uuencode") || is("uuencode") || is("x-uue") || is("uue"))
        return Encoding::uuencode;
    return Encoding::unknown;
}

std::string_view to_string(Encoding encoding)
{
    switch (encoding) {
    case Encoding::none:
        return "none";
    case Encoding::base64:
        return "base64";
    case Encoding::quoted_printable:
        return "quoted-printable";
    case Encoding::uuencode:
        return "uuencode";
    case Encoding::unknown:
        break;
    }
    return "unknown";
}

Decoded decode(std::string_view encoded, Encoding encoding, std::size_t limit)
{
    switch (encoding) {
    case Encoding::base64:
        return decode_base64(encoded, limit);
    case Encoding::quoted_printable:
        return decode_quoted_printable(encoded, limit);
    case Encoding::uuencode:
        return decode_uuencode(encoded, limit);
    case Encoding::none:
    case Encoding::unknown:
        break;
    }
    return {std::string{encoded.substr(0, limit)}, encoded.size() > limit, {}};
}
}
