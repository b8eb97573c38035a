// SPDX-License-Identifier: Apache-2.0
#include "filters/content/html.hpp"

#include "filters/content/html_reader.hpp"

namespace filters::content {
namespace {
std::string_view cut(std::string_view utf8, std::size_t limit)
{
    if (utf8.size() <= limit)
        return utf8;
    while (limit > 0 && (static_cast<unsigned char>(utf8[limit]) & 0xC0) == 0x80)
        --limit;
    return utf8.substr(0, limit);
}
}

Html read_html(std::string_view utf8, const Limits& limits)
{
    const auto readable = cut(utf8, limits.text_bytes);
    Html html = HtmlReader{readable, limits}.read();
    if (readable.size() < utf8.size()) {
        html.is_cut = true;
        html.oddities.push_back({"over_limit", "HTML is read in part only"});
    }
    return html;
}
}
