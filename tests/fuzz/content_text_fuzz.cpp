// SPDX-License-Identifier: Apache-2.0
// Charsets: declared, guessed, broken; the view as eyes see it.
#include "filters/content/text.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <array>
#include <cstdint>

using namespace filters::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static constexpr std::array<std::string_view, 20> charsets{
        "",           "utf-8",       "utf-7",       "utf-16",       "utf-16le",
        "utf-32",     "iso-2022-jp", "iso-2022-kr", "shift_jis",    "euc-jp",
        "gb18030",    "big5",        "koi8-r",      "windows-1251", "iso-8859-1",
        "hz-gb-2312", "us-ascii",    "no-such",     "windows-949",  "iso-2022-cn"};
    if (size < 2)
        return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data + 2), size - 2};
    const std::size_t limit = data[1] == 255 ? 1U << 20 : data[1];
    const auto text = to_utf8(bytes, charsets[data[0] % charsets.size()], limit);
    require(mail::is_utf8(text.utf8));
    require(text.utf8.size() <= limit);
    require(!text.charset.empty());
    const auto seen = as_seen(text.utf8);
    require(mail::is_utf8(seen));
    require(as_seen(text.utf8, Letters::as_written).size() <= text.utf8.size() * 18 + 18);
    return 0;
}
