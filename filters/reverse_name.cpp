// SPDX-License-Identifier: Apache-2.0
#include "filters/reverse_name.hpp"

namespace filters {
std::string reverse_name(const mail::Ip& ip, std::string_view v4_zone, std::string_view v6_zone)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto& bytes = ip.bytes();
    std::string name;
    if (ip.is_v4()) {
        for (std::size_t i = 16; i > 12; --i)
            name += std::to_string(bytes[i - 1]) + '.';
        return name.append(v4_zone);
    }
    for (std::size_t i = 16; i > 0; --i)
        for (const unsigned nibble : {bytes[i - 1] & 0xfU, unsigned{bytes[i - 1]} >> 4U}) {
            name.push_back(digits[nibble]);
            name.push_back('.');
        }
    return name.append(v6_zone);
}
}
