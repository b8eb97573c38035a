// SPDX-License-Identifier: Apache-2.0
#include "filters/content/charset_guess.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <uchardet/uchardet.h>

namespace filters::content {
namespace {
constexpr std::size_t sample_size = 8192;

// Around the first octet that is not ASCII: what stands before it tells nothing.
std::string_view sample(std::string_view bytes)
{
    const auto first = std::ranges::find_if(bytes, [](char c) { return (c & 0x80) != 0; });
    const auto at = static_cast<std::size_t>(first - bytes.begin());
    return bytes.substr(at < 64 ? 0 : at - 64, sample_size);
}

struct Release {
    void operator()(uchardet* detector) const { uchardet_delete(detector); }
};

std::string by_frequencies(std::string_view bytes)
{
    const std::unique_ptr<uchardet, Release> detector{uchardet_new()};
    const auto part = sample(bytes);
    if (uchardet_handle_data(detector.get(), part.data(), part.size()) != 0)
        return {};
    uchardet_data_end(detector.get());
    std::string name = uchardet_get_charset(detector.get());
    std::ranges::transform(name, name.begin(), mail::to_lower);
    // Its names of sets that ICU does not know, or that are less likely than the one they resemble.
    if (name == "ascii" || name == "utf-8" || name == "viscii" || name == "iso-8859-1")
        return {};
    if (name == "uhc")
        return "windows-949";
    return name == "mac-cyrillic" ? "x-mac-cyrillic" : name;
}

// ISO 2022: an escape that announces a charset of two octets, or back to one.
std::string by_escapes(std::string_view bytes)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> marks{{
        {"\x1B$)C", "iso-2022-kr"},
        {"\x1B$)A", "iso-2022-cn"},
        {"\x1B$B", "iso-2022-jp"},
        {"\x1B$@", "iso-2022-jp"},
        {"\x1B(I", "iso-2022-jp"},
        {"\x1B$(", "iso-2022-jp"},
    }};
    for (const auto& [mark, name] : marks)
        if (bytes.substr(0, 64 * 1024).contains(mark))
            return std::string{name};
    return {};
}
}

std::string guess_utf16(std::string_view bytes)
{
    bytes = bytes.substr(0, 1024);
    std::array<std::size_t, 2> zeros{};
    for (std::size_t at = 0; at < bytes.size(); ++at)
        zeros[at % 2] += bytes[at] == '\0';
    // Japanese and Chinese have no zeros but in blanks and line ends: those must be there.
    const std::size_t pairs = bytes.size() / 2;
    if (pairs < 2)
        return {};
    if (zeros[0] * 20 >= pairs && zeros[1] * 10 <= zeros[0])
        return "utf-16be";
    if (zeros[1] * 20 >= pairs && zeros[0] * 10 <= zeros[1])
        return "utf-16le";
    return {};
}

std::string guess_charset(std::string_view bytes)
{
    if (auto name = guess_utf16(bytes); !name.empty())
        return name;
    if (mail::is_ascii(bytes)) {
        auto name = bytes.contains('\x1B') ? by_escapes(bytes) : std::string{};
        return name.empty() ? "us-ascii" : name;
    }
    if (mail::is_utf8(bytes))
        return "utf-8";
    auto name = by_frequencies(bytes);
    return name.empty() ? "windows-1252" : name;
}
}
