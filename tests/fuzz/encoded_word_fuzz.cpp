// SPDX-License-Identifier: Apache-2.0
// RFC 2047 words: decoding always gives UTF-8, and what was encoded comes back.
#include "gateway/mail/charset.hpp"
#include "gateway/mail/header.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    require(mail::is_utf8(mail::decode_words(text)));

    std::string mended;
    mail::append_utf8(mended, text);
    require(mail::is_utf8(mended) && (mended == text) == mail::is_utf8(text));
    const std::string words = mail::encode_words(mended, size % 80);
    require(words == mended || mail::decode_words(mail::unfold(words)) == mended
            || size / 45 > mail::HeaderLimits::encoded_words);

    const auto line_end = text.find('\n');
    if (line_end != std::string_view::npos) {
        std::string out;
        mail::append_decoded(out, text.substr(0, line_end), text.substr(line_end + 1));
        require(mail::is_utf8(out));
    }
    return 0;
}
