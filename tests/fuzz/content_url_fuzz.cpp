// SPDX-License-Identifier: Apache-2.0
// URLs: parsing is stable (what it wrote, it reads alike), and links in text lie inside of it.
#include "filters/content/url.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

namespace {
using namespace filters::content;

void check(const Url& url)
{
    const auto again = parse_url(url.to_string());
    require(again.has_value() && again->to_string() == url.to_string());
    require(again->host == url.host && !again->has_user_info);
    require(url.host.ends_with(url.registrable()));
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto line = text.find('\n');
    const auto first = parse_url(text.substr(0, line));
    if (first)
        check(*first);
    if (line != text.npos)
        if (const auto second = parse_url(text.substr(line + 1), first ? &*first : nullptr))
            check(*second);
    std::size_t behind = 0;
    for (const auto& found : find_urls(text, 50)) {
        require(found.offset >= behind && found.length > 0);
        behind = found.offset + found.length;
        require(behind <= text.size());
        require(found.written.ends_with(text.substr(found.offset, found.length)));
    }
    return 0;
}
