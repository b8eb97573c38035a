// SPDX-License-Identifier: Apache-2.0
#include "filters/dns_address.hpp"

#include <algorithm>

namespace filters {
std::optional<mail::Ip> address_of(const net::DnsRecord& record)
{
    mail::Ip::Bytes bytes{};
    const bool is_v4 = record.data.size() == 4;
    if (!is_v4 && record.data.size() != bytes.size())
        return {};
    if (is_v4)
        bytes[10] = bytes[11] = 0xFF;
    std::ranges::transform(record.data, bytes.begin() + (is_v4 ? 12 : 0),
                           [](char c) { return static_cast<std::uint8_t>(c); });
    return mail::Ip{bytes};
}
}
