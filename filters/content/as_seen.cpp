// SPDX-License-Identifier: Apache-2.0
#include "filters/content/text.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

namespace filters::content {
namespace {
std::string normalised(std::string_view utf8)
{
    UErrorCode status = U_ZERO_ERROR;
    const auto* nfkc = icu::Normalizer2::getNFKCInstance(status);
    std::string normal;
    normal.reserve(utf8.size());
    icu::StringByteSink<std::string> sink{&normal};
    if (U_SUCCESS(status))
        nfkc->normalizeUTF8(0, {utf8.data(), static_cast<std::int32_t>(utf8.size())}, sink, nullptr,
                            status);
    return U_SUCCESS(status) ? normal : std::string{utf8};
}

std::string case_folded(std::string_view utf8)
{
    UErrorCode status = U_ZERO_ERROR;
    std::string folded;
    folded.reserve(utf8.size());
    icu::StringByteSink<std::string> sink{&folded};
    icu::CaseMap::utf8Fold(U_FOLD_CASE_DEFAULT,
                           {utf8.data(), static_cast<std::int32_t>(utf8.size())}, sink, nullptr,
                           status);
    return U_SUCCESS(status) ? folded : std::string{utf8};
}

// The octets of an invisible character at the front, else 0: U+00AD, U+200B–U+200F, U+202A–U+202E,
// U+2060–U+2064, U+2066–U+2069, U+FEFF.
std::size_t invisible_length(std::string_view text)
{
    const auto three = text.substr(0, 3);
    const auto is_between = [&](std::string_view first, std::string_view last) {
        return three >= first && three <= last;
    };
    const bool is_invisible = is_between("\xE2\x80\x8B", "\xE2\x80\x8F")
        || is_between("\xE2\x80\xAA", "\xE2\x80\xAE") || is_between("\xE2\x81\xA0", "\xE2\x81\xA4")
        || is_between("\xE2\x81\xA6", "\xE2\x81\xA9") || three == "\xEF\xBB\xBF";
    if (is_invisible && three.size() == 3)
        return 3;
    return three.starts_with("\xC2\xAD") ? 2 : 0;
}

std::string without_invisible(std::string text)
{
    std::size_t to = 0;
    bool follows_blank = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (static_cast<unsigned char>(c) >= 0xC2)
            if (const auto length = invisible_length(std::string_view{text}.substr(at))) {
                at += length;
                continue;
            }
        const bool is_blank = c == ' ' || c == '\t';
        if (!is_blank || !follows_blank)
            text[to++] = is_blank ? ' ' : c;
        follows_blank = is_blank;
        ++at;
    }
    text.resize(to);
    return text;
}
}

std::string as_seen(std::string_view utf8, Letters letters)
{
    std::string text{utf8};
    if (mail::is_ascii(utf8)) {
        if (letters == Letters::folded)
            std::ranges::transform(text, text.begin(), mail::to_lower);
        return without_invisible(std::move(text));
    }
    text = normalised(text);
    if (letters == Letters::folded)
        text = case_folded(text);
    return without_invisible(std::move(text));
}
}
