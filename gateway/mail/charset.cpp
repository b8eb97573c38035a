// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/charset.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <array>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <utility>

namespace mail {
namespace {
using Alias = std::pair<std::string_view, std::string_view>;
constexpr std::array<Alias, 12> larger_sets{{
    {"gb2312", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"gbk", "gb18030"},
    {"x-gbk", "gb18030"},
    {"big5", "big5-hkscs"},
    {"ks_c_5601-1987", "windows-949"},
    {"euc-kr", "windows-949"},
    {"iso-8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"cp50220", "iso-2022-jp"},
    {"cp50221", "iso-2022-jp"},
}};

bool is_any_of(std::string_view charset, std::initializer_list<std::string_view> names)
{
    return std::ranges::any_of(
        names, [&](std::string_view name) { return equals_ignoring_case(charset, name); });
}

// The octets of the escape sequence at the front (ISO 2022), 0 if none stands there.
std::size_t escape_length(std::string_view text)
{
    if (text.size() < 3 || text[0] != '\x1B')
        return 0;
    const bool is_long = text[1] == '$' && (text[2] == '(' || text[2] == ')');
    return is_long && text.size() > 3 ? 4 : 3;
}

// ICU takes two escape sequences in a row for an attack; encoded words put together have them.
std::string without_idle_escapes(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t escape = escape_length(bytes);
        const std::size_t next
            = std::min(bytes.find('\x1B', std::max<std::size_t>(escape, 1)), bytes.size());
        const bool is_idle = escape > 0 && next == escape && next < bytes.size();
        if (!is_idle)
            text += bytes.substr(0, next);
        bytes.remove_prefix(next);
    }
    return text;
}

// Opening a converter costs more than a subject takes to convert, so each thread keeps its last.
UConverter* converter_for(std::string_view charset)
{
    thread_local std::string last_name;
    thread_local icu::LocalUConverterPointer last;
    if (last.isValid() && equals_ignoring_case(last_name, charset)) {
        ucnv_resetToUnicode(last.getAlias());
        return last.getAlias();
    }
    std::string name{charset};
    for (const auto& [alias, larger] : larger_sets)
        if (equals_ignoring_case(alias, charset))
            name = larger;
    UErrorCode status = U_ZERO_ERROR;
    icu::LocalUConverterPointer opened{ucnv_open(name.c_str(), &status)};
    if (U_FAILURE(status))
        return nullptr;
    last_name = charset;
    last = std::move(opened);
    return last.getAlias();
}
}

bool append_decoded(std::string& out, std::string_view charset, std::string_view bytes)
{
    constexpr std::size_t longest_name = 64;
    if (is_any_of(charset, {"utf-8", "utf8", "us-ascii", "ascii"})) {
        append_utf8(out, bytes);
        return true;
    }
    if (charset.empty() || charset.size() > longest_name || charset.contains('\0')
        || bytes.size() > INT32_MAX / 4)
        return false;
    constexpr std::string_view escaping = "iso-2022-";
    std::string cleaned;
    if (equals_ignoring_case(charset.substr(0, escaping.size()), escaping)) {
        cleaned = without_idle_escapes(bytes);
        bytes = cleaned;
    }
    UConverter* converter = converter_for(charset);
    if (!converter)
        return false;
    UErrorCode status = U_ZERO_ERROR;
    const icu::UnicodeString text{bytes.data(), static_cast<std::int32_t>(bytes.size()), converter,
                                  status};
    if (U_FAILURE(status))
        return false;
    text.toUTF8String(out);
    return true;
}
}
