// SPDX-License-Identifier: Apache-2.0
// Transfer encodings: limits, readings that differ, uuencoded lines.
#include "filters/content/transfer_encoding.hpp"
#include "filters/content/uuencode.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>

using namespace filters::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
    parse_encoding(text);
    uuencode_name(text);
    is_uuencode_data(text);
    for (const auto encoding : {Encoding::none, Encoding::base64, Encoding::quoted_printable,
                                Encoding::uuencode, Encoding::unknown}) {
        const auto whole = decode(text, encoding, 1U << 20);
        require(whole.others.size() <= 3);
        for (const auto& other : whole.others) {
            require(other != whole.bytes);
            require(std::ranges::count(whole.others, other) == 1);
        }
        const auto part = decode(text, encoding, data[0]);
        require(part.bytes.size() <= data[0]);
        // Which reading is the likelier one may hang on what stands behind the limit.
        if (whole.others.empty()) {
            require(whole.bytes.starts_with(part.bytes));
            require(part.is_cut == (part.bytes.size() < whole.bytes.size()));
        }
    }
    return 0;
}
