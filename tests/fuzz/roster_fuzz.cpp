// SPDX-License-Identifier: Apache-2.0
#include "filters/roster.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view text{reinterpret_cast<const char*>(data), size};
    if (text.empty())
        return 0;
    const auto form = static_cast<filters::RosterForm>(text.front() % 4);
    text.remove_prefix(1);
    filters::RosterReader reader{form, "our.example", "list@our.example"};
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        reader.line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    reader.end();
    for (const auto& [list, members] : reader.lists) {
        require(list.find('@') != list.npos);
        for (const auto& member : members)
            require(member.find('@') != member.npos);
    }
    return 0;
}
