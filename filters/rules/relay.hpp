// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// One hop as a Received field tells it.
struct Relay {
    std::string ip, rdns, helo, by, ident, envelope_from, id, auth;
    bool is_private = false; ///< its address is none of the public Internet
    bool is_internal = false;
    /// "[ ip=192.0.2.1 rdns=… helo=… by=… ident= envfrom= intl=0 id=… auth= msa=0 ]"
    std::string to_string() const;
};

/// What a message says of its way, the last hop first.
struct Trace {
    /// Hops between hosts of ours: with private addresses, or after a sign-on, up to the first that
    /// is neither. Behind that stand the others.
    std::vector<Relay> trusted, untrusted;
    unsigned unparseable = 0; ///< Received fields that say nothing we understand
    bool has_received = false;
    /// The place among the Received fields of the first one that names an untrusted hop.
    std::size_t first_untrusted = ~std::size_t{0};
};
/// `received`: values, unfolded, in the order of the header.
Trace read_trace(const std::vector<std::string>& received);
std::string to_string(const std::vector<Relay>& relays);
/// An address that nobody on the public Internet has (RFC 6890).
bool is_private_address(std::string_view ip);
}
