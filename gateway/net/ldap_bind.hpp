// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/ldap.hpp"
#include "gateway/net/socket_watch.hpp"
#include "gateway/net/worker_pool.hpp"

#include <memory>

namespace net {
/// What a directory says of a password.
struct LdapBindAnswer {
    enum class Outcome { right, wrong, unknown } outcome = Outcome::unknown;
    std::string problem = {}; ///< unknown: why; for the log and the administrator
};

/// Proves passwords by binding as their owner, each on a connection of its own, on threads of its
/// own: what people try here keeps no mail waiting. Few at a time; every answer comes within the
/// directory's time-out. An empty password is wrong: it would bind to nobody and seem to succeed
/// (RFC 4513 §5.1.2).
class LdapBinder {
public:
    LdapBinder() : pool_{4} { }
    awaitable<LdapBindAnswer> bind(LdapSettings directory, std::string dn, std::string password);

private:
    SocketWatch watch_;
    WorkerPool pool_;
};
}
