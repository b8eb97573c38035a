// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/ldap.hpp"
#include "gateway/net/socket_watch.hpp"

#include <span>

namespace net {
/// What is wrong: with the server, so that another may be asked; or with the account, which too
/// many attempts would lock; or with the question.
struct LdapProblem {
    enum class About { server, account, question } about = About::server;
    std::string text;
};

/// How much is read in whole, and how long one piece of it may take.
struct LdapBounds {
    std::size_t entries = 0, values = 0; ///< in all
    std::chrono::milliseconds question{5'000};
};

/// What a query found, in whole.
struct LdapReading {
    std::vector<LdapEntry> entries;
    bool is_cut = false; ///< there was more than the bounds, or the server, allow
};

/// What a directory says of an entry that is asked for by its name.
struct LdapNamed {
    enum class Answer { there, gone, unreadable } answer = Answer::unreadable;
    LdapEntry entry = {}; ///< there
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
    /// All entries, page by page (RFC 2696), and long attributes of Active Directory in pieces.
    std::expected<LdapReading, LdapProblem> read(const LdapQuery& query, const LdapBounds& bounds,
                                                 Deadline deadline);
    /// The entries of these names, in their order, all asked for at once: few at a time.
    std::expected<std::vector<LdapNamed>, LdapProblem>
    entries_of(std::span<const std::string> names, const std::vector<std::string>& attributes,
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
