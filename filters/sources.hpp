// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <cstdint>
#include <vector>

namespace filters {
/// What counts as one source when many addresses belong to one owner.
enum class Source {
    address, ///< an IPv4 address or an IPv6 /64
    network, ///< IPv4 /24 or IPv6 /48 (promise §5)
};

/// A counter's key for the client's source; `purpose` keeps counters of different things apart.
std::uint64_t source_key(const mail::Ip& ip, Source source, std::uint64_t purpose);
/// "192.0.2.0/24", for people.
std::string source_text(const mail::Ip& ip, Source source);

/// The client is inside, a listed forwarder or in one of the networks.
bool is_exempt(const mail::Client& client, const std::vector<mail::Network>& networks);
}
