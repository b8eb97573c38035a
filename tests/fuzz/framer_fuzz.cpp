// SPDX-License-Identifier: Apache-2.0
// The DATA framer against a naive search; the first octet says where the input is cut.
#include "gateway/smtp/framer.hpp"
#include "tests/fuzz/require.hpp"

#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1)
        return 0;
    const std::size_t step = 1 + data[0] % 32;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    smtp::Framer framer{smtp::Framer::Ending::dot};
    std::size_t taken = 0;
    while (taken < bytes.size() && !framer.is_complete())
        taken += framer.scan(bytes.substr(taken, step));
    std::size_t end = std::string_view::npos;
    if (bytes.starts_with(".\r\n"))
        end = 3;
    else if (const auto at = bytes.find("\r\n.\r\n"); at != std::string_view::npos)
        end = at + 5;
    require(framer.is_complete() == (end != std::string_view::npos));
    if (framer.is_complete()) {
        require(taken == end && framer.size() == end - 3);
        require(framer.has_nul() == (bytes.substr(0, end).find('\0') != std::string_view::npos));
    }
    return 0;
}
