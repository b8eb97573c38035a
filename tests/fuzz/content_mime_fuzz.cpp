// SPDX-License-Identifier: Apache-2.0
// MIME structure: ranges stay inside, limits hold, containers end behind what they contain.
#include "filters/content/mime.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>

using namespace filters::content;

namespace {
bool is_inside(std::string_view part, std::string_view whole)
{
    const std::less_equal<> order;
    return order(whole.data(), part.data())
        && order(part.data() + part.size(), whole.data() + whole.size());
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view message{reinterpret_cast<const char*>(data), size};
    Limits limits;
    limits.parts = 50;
    limits.depth = 6;
    const auto structure = parse_mime(message, limits);
    require(!structure.parts.empty());
    require(structure.oddities.size() <= 3000);
    for (const auto& part : structure.parts) {
        const auto holds = [&](std::string_view whole) {
            return is_inside(part.body, whole)
                && (part.header.empty() || is_inside(part.header, whole));
        };
        require(holds(message) || std::ranges::any_of(structure.decoded_messages, holds));
        require(part.depth <= limits.depth + 1);
        require(!part.type.empty());
        require(mail::is_utf8(part.filename));
    }
    return 0;
}
