// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"
#include "gateway/net/dns_answer.hpp"

#include <optional>

namespace filters {
/// The address that an A or AAAA record holds; nullopt for data of another length.
std::optional<mail::Ip> address_of(const net::DnsRecord& record);
}
