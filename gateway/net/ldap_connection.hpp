// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/ldap.hpp"
#include "gateway/net/socket_watch.hpp"

namespace net {
/// What is wrong: with the server, so that another may be asked; or with the account, which too
/// many attempts would lock; or with the question.
struct LdapProblem {
    enum class About { server, account, question } about = About::server;
    std::string text;
};

/// One connection, bound. Every call blocks, for at most the time it is given; after a problem
/// about the server it is of no further use.
class LdapConnection {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    /// `password`: in place of that in the settings' file; not empty.
    static std::expected<LdapConnection, LdapProblem> open(const LdapSettings& settings,
                                                           const std::string& server,
                                                           Deadline deadline, SocketWatch& watch,
                                                           const std::string* password = nullptr);
    bool is_open() const { return handle_ != nullptr; } ///< false once it was moved from
    std::expected<std::vector<LdapEntry>, LdapProblem> search(const LdapQuery& query,
                                                              Deadline deadline);

private:
    struct Watched; // libldap has time-outs, but not for a TLS handshake or half a message
    struct Close {
        void operator()(void* handle) const;
    };
    using Handle = std::unique_ptr<void, Close>;
    explicit LdapConnection(SocketWatch& watch);
    std::expected<void, LdapProblem> bind(const LdapSettings& settings, const std::string* own,
                                          Deadline deadline);
    std::shared_ptr<Watched> watched_; // outlives the handle, which points at it
    Handle handle_; // LDAP*
};
}
