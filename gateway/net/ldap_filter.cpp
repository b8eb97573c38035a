// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap.hpp"

namespace net {
std::string ldap_escaped(std::string_view value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : value) {
        const auto octet = static_cast<unsigned char>(c);
        const bool is_plain
            = octet > 0x1F && octet < 0x7F && c != '*' && c != '(' && c != ')' && c != '\\';
        if (is_plain)
            out += c;
        else
            out.append({'\\', digits[octet >> 4U], digits[octet & 15U]});
    }
    return out;
}

bool is_ldap_filter(std::string_view filter)
{
    if (filter.size() < 3 || filter.front() != '(')
        return false;
    std::size_t depth = 0;
    for (std::size_t at = 0; at < filter.size(); ++at) {
        if (filter[at] == '(' && ++depth > 20)
            return false;
        if (filter[at] == ')' && (depth == 0 || (--depth == 0 && at + 1 != filter.size())))
            return false;
    }
    return depth == 0;
}
}
