// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the files of LdapConnection share: libldap as they call it. For them alone.
#include "gateway/net/ldap_connection.hpp"

#include <array>
#include <ldap.h>

namespace net::ldap {
using About = LdapProblem::About;
using Deadline = LdapConnection::Deadline;

inline LDAP* raw(void* handle) { return static_cast<LDAP*>(handle); }
timeval time_until(Deadline deadline);

/// What a code says that came to a question. A server that answers is well, whatever it thinks of
/// one domain's base: other domains go on asking it.
About about_question(int code);

/// The error, with what the server or the TLS library says of it.
std::unexpected<LdapProblem> failure(LDAP* ld, int code, About about, std::string_view during);

struct FreeMessage {
    void operator()(LDAPMessage* message) const { ::ldap_msgfree(message); }
};
using Result = std::unique_ptr<LDAPMessage, FreeMessage>;

/// All messages that answer a request, or the server's silence.
std::expected<Result, LdapProblem> result_of(LDAP* ld, int request, Deadline deadline,
                                             std::string_view during);

/// The code in the last message of a result, LDAP_SUCCESS or what went wrong.
int code_of(LDAP* ld, LDAPMessage* result);

/// The values of one attribute, by the name that the server gives it, for the one that was asked.
void take_values(LDAP* ld, LDAPMessage* message, const std::string& name, const std::string& asked,
                 std::size_t most, LdapEntry& entry);
LdapEntry entry_of(LDAP* ld, LDAPMessage* message, const std::vector<std::string>& attributes,
                   std::size_t most);

/// Pointers to names as C wants them, up to its null; no attributes: none is sent.
class AttributeNames {
public:
    explicit AttributeNames(const std::vector<std::string>& names)
    {
        for (const auto& name : names)
            all_.push_back(const_cast<char*>(name.c_str())); // C has no const here
        if (names.empty())
            all_.push_back(none_.data());
        all_.push_back(nullptr);
    }
    char** data() { return all_.data(); }

private:
    std::array<char, 4> none_{LDAP_NO_ATTRS};
    std::vector<char*> all_;
};

/// One search whose answer is whatever the server gives; the code of it is the caller's to read.
std::expected<Result, LdapProblem> ask(LDAP* ld, int scope, const LdapQuery& query, int most,
                                       LDAPControl* control, Deadline deadline);
}

namespace net {
/// The connection's socket, once it has one, and until when it may keep a call waiting.
struct LdapConnection::Watched {
    explicit Watched(SocketWatch& all) : watch{all}
    {
        callbacks.lc_add = [](LDAP*, Sockbuf* buffer, LDAPURLDesc*, sockaddr*, ldap_conncb* self) {
            auto& watched = *static_cast<Watched*>(self->lc_arg);
            ::ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &watched.socket);
            watched.watch.watch(watched.socket, watched.deadline);
            return 0;
        };
        callbacks.lc_del = [](LDAP*, Sockbuf*, ldap_conncb* self) {
            auto& watched = *static_cast<Watched*>(self->lc_arg);
            watched.watch.forget(std::exchange(watched.socket, -1));
        };
        callbacks.lc_arg = this;
    }
    SocketWatch& watch;
    Deadline deadline{};
    int socket = -1;
    ldap_conncb callbacks{};

    /// One call's time.
    struct During {
        During(Watched& one, Deadline until) : watched{one}
        {
            watched.deadline = until;
            if (watched.socket >= 0)
                watched.watch.watch(watched.socket, until);
        }
        ~During() { watched.watch.forget(watched.socket); }
        During(const During&) = delete;
        During& operator=(const During&) = delete;
        Watched& watched;
    };
};
}
