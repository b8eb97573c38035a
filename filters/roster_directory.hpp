// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/roster.hpp"
#include "filters/services.hpp"
#include "gateway/net/ldap_connection.hpp"

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace filters {
/// The directories of the configuration, by name, for layers that are built next.
struct NamedDirectory {
    net::LdapSettings settings;
    std::string base;
};
using NamedDirectories = std::map<std::string, NamedDirectory, std::less<>>;
void set_directories(Services& services, NamedDirectories directories);
/// Never nullptr.
std::shared_ptr<const NamedDirectories> directories(Services& services);

/// Groups of a directory that are lists.
struct RosterDirectory {
    std::string name; ///< for people: "staff"
    net::LdapSettings settings;
    std::string base, filter;
    std::string address; ///< attribute with a list's address
    std::vector<std::string> members; ///< attributes whose values are addresses or names (DN)
    std::string member_address; ///< attribute with the address of an entry that is a member
    std::string domain; ///< of members without one
    std::chrono::milliseconds every{}; ///< how often it is read
    bool operator==(const RosterDirectory&) const = default;
    std::string source() const { return "directory " + name; }
};

/// Reads all lists of a directory. Blocks, `longest_reading` at most, and ends soon after `end`
/// was asked for. The error is for the log and the administrator.
inline constexpr std::chrono::minutes longest_reading{2};
std::expected<Rosters, std::string> read_rosters(const RosterDirectory& directory,
                                                 net::SocketWatch& watch, std::stop_token end);
}
