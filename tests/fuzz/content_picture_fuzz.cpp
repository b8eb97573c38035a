// SPDX-License-Identifier: Apache-2.0
// Pictures: decoders, codes, hashes.
#include "filters/content/picture.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace filters::content;
    Limits limits;
    limits.pixels = 100'000;
    const auto facts = read_picture({reinterpret_cast<const char*>(data), size}, limits);
    require(facts.codes.size() <= 8);
    for (const auto& code : facts.codes)
        require(mail::is_utf8(code) && code.size() <= 4096);
    return 0;
}
