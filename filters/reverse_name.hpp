// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"

#include <string>
#include <string_view>

namespace filters {
/// "1.2.0.192" + '.' + v4_zone, or 32 nibbles in reverse + '.' + v6_zone (RFC 1035 §3.5, RFC 3596
/// §2.5, RFC 5782 §2).
std::string reverse_name(const mail::Ip& ip, std::string_view v4_zone, std::string_view v6_zone);
}
