// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace net {
/// A directory and how to speak with it. Equal settings share connections.
struct LdapSettings {
    std::vector<std::string> servers; ///< "ldap://host:389" or "ldaps://host", in order of choice
    bool starts_tls = false; ///< STARTTLS on ldap://, required then
    std::string ca_file = {}; ///< "" takes the system's
    std::string bind_dn = {}; ///< "" binds to nobody
    std::string password_file = {}; ///< its first line; read for every new connection
    std::chrono::milliseconds connect{2'000}; ///< to reach one server, with TLS and bind
    std::chrono::milliseconds timeout{5'000}; ///< for one question, all servers together
    unsigned connections = 4; ///< and questions at a time
    auto operator<=>(const LdapSettings&) const = default;
};

struct LdapQuery {
    std::string base, filter; ///< RFC 4514, RFC 4515; values in the filter escaped
    std::vector<std::string> attributes = {}; ///< whose values are wanted; none: just the names
};

struct LdapEntry {
    std::string dn;
    std::vector<std::pair<std::string, std::string>> values = {}; ///< attribute (as asked), value
};

/// At most ten entries; the text of the error is for the log and the administrator.
using LdapAnswer = std::expected<std::vector<LdapEntry>, std::string>;

/// Directories by LDAP v3 (RFC 4511). libldap blocks, so all of it happens on threads of each
/// directory's own: a dead one takes none from others. Every question ends within its time-out,
/// which the loop watches too. Connections
/// are kept and made anew when lost; a server that failed rests for ten seconds while the next
/// takes over, and while all rest a question is answered at once. Referrals are not followed: the
/// password would go to a server nobody named. Safe from all threads.
class LdapDirectories {
public:
    LdapDirectories();
    /// Waits for the questions under way, each at most its time-out.
    ~LdapDirectories();
    /// Runs on a loop and waits there.
    awaitable<LdapAnswer> search(const LdapSettings& directory, LdapQuery query);
    /// Blocks. Ends connections that nobody used for a minute, and the threads of directories that
    /// nobody asked for ten: those that a new configuration no longer names.
    void sweep();
    /// Why the last question to a directory failed, or "" when it was answered or never asked.
    std::string problem(const LdapSettings& directory) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A value for a filter (RFC 4515 §3): '*', '(', ')', '\', controls and all that is not ASCII are
/// written as \xx.
std::string ldap_escaped(std::string_view value);
/// Brackets pair, and it is one filter in brackets; what libldap thinks of it shows when it is
/// asked.
bool is_ldap_filter(std::string_view filter);
}
