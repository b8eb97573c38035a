// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap_calls.hpp"

#include <fstream>

namespace net {
using namespace ldap;

namespace {
using Deadline = LdapConnection::Deadline;
constexpr int most_entries = 10;

/// What a code says that came while the connection was made.
About about_opening(int code)
{
    const bool is_account = code == LDAP_INVALID_CREDENTIALS || code == LDAP_INAPPROPRIATE_AUTH
        || code == LDAP_INVALID_DN_SYNTAX || code == LDAP_CONFIDENTIALITY_REQUIRED;
    return is_account ? About::account : About::server;
}

/// What is not set here comes from the machine's ldap.conf, such as the system's CA certificates.
bool set_options(LDAP* ld, const LdapSettings& settings, Deadline deadline)
{
    const int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, is_server = 0;
    const int deref = LDAP_DEREF_NEVER;
    const timeval time = time_until(deadline);
    bool is_set = ::ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS
        && ::ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS
        && ::ldap_set_option(ld, LDAP_OPT_DEREF, &deref) == LDAP_OPT_SUCCESS
        && ::ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &time) == LDAP_OPT_SUCCESS
        && ::ldap_set_option(ld, LDAP_OPT_TIMEOUT, &time) == LDAP_OPT_SUCCESS
        && ::ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == LDAP_OPT_SUCCESS;
    if (is_set && !settings.ca_file.empty())
        is_set = ::ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, settings.ca_file.c_str())
                == LDAP_OPT_SUCCESS
            && ::ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &is_server) == LDAP_OPT_SUCCESS;
    return is_set;
}

std::expected<std::string, LdapProblem> read_password(const std::string& file)
{
    std::string password;
    if (file.empty())
        return password;
    std::ifstream in{file};
    if (!in)
        return std::unexpected{LdapProblem{About::account, file + " cannot be read"}};
    std::getline(in, password);
    if (password.ends_with('\r'))
        password.pop_back();
    // An empty password would bind to nobody and seem to succeed (RFC 4513 §5.1.2).
    if (password.empty())
        return std::unexpected{LdapProblem{About::account, file + " holds no password"}};
    return password;
}
}

LdapConnection::LdapConnection(SocketWatch& watch) : watched_{std::make_shared<Watched>(watch)} { }

void LdapConnection::Close::operator()(void* handle) const
{
    ::ldap_unbind_ext(raw(handle), nullptr, nullptr);
}

std::expected<LdapConnection, LdapProblem>
LdapConnection::open(const LdapSettings& settings, const std::string& server, Deadline deadline,
                     SocketWatch& watch, const std::string* password)
{
    LDAP* ld = nullptr;
    if (const int code = ::ldap_initialize(&ld, server.c_str()); code != LDAP_SUCCESS)
        return std::unexpected{LdapProblem{About::server, ::ldap_err2string(code)}};
    LdapConnection connection{watch};
    connection.handle_.reset(ld);
    const Watched::During during{*connection.watched_, deadline};
    if (!set_options(ld, settings, deadline)
        || ::ldap_set_option(ld, LDAP_OPT_CONNECT_CB, &connection.watched_->callbacks)
            != LDAP_OPT_SUCCESS)
        return std::unexpected{LdapProblem{About::server, "TLS or its CA file cannot be set up"}};
    if (settings.starts_tls && !server.starts_with("ldaps:"))
        if (const int code = ::ldap_start_tls_s(ld, nullptr, nullptr); code != LDAP_SUCCESS)
            return failure(ld, code, about_opening(code), "STARTTLS");
    if (auto bound = connection.bind(settings, password, deadline); !bound)
        return std::unexpected{std::move(bound.error())};
    return connection;
}

std::expected<void, LdapProblem> LdapConnection::bind(const LdapSettings& settings,
                                                      const std::string* own, Deadline deadline)
{
    auto password = own ? std::expected<std::string, LdapProblem>{*own}
                        : read_password(settings.bind_dn.empty() ? "" : settings.password_file);
    if (!password)
        return std::unexpected{std::move(password.error())};
    LDAP* ld = raw(handle_.get());
    berval secret{.bv_len = password->size(), .bv_val = password->data()};
    int request = 0;
    const int sent = ::ldap_sasl_bind(ld, settings.bind_dn.c_str(), LDAP_SASL_SIMPLE, &secret,
                                      nullptr, nullptr, &request);
    if (sent != LDAP_SUCCESS)
        return failure(ld, sent, about_opening(sent), "connect");
    auto result = result_of(ld, request, deadline, "bind");
    if (!result)
        return std::unexpected{std::move(result.error())};
    if (const int code = code_of(ld, result->get()); code != LDAP_SUCCESS)
        return failure(ld, code, about_opening(code), "bind");
    return {};
}

std::expected<std::vector<LdapEntry>, LdapProblem> LdapConnection::search(const LdapQuery& query,
                                                                          Deadline deadline)
{
    constexpr std::size_t most_values = 100;
    LDAP* ld = raw(handle_.get());
    const Watched::During during{*watched_, deadline};
    auto result = ask(ld, LDAP_SCOPE_SUBTREE, query, most_entries, nullptr, deadline);
    if (!result)
        return std::unexpected{std::move(result.error())};
    const int code = code_of(ld, result->get());
    if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED)
        return failure(ld, code, about_question(code), "search");
    std::vector<LdapEntry> entries;
    for (auto* entry = ::ldap_first_entry(ld, result->get()); entry;
         entry = ::ldap_next_entry(ld, entry))
        entries.push_back(entry_of(ld, entry, query.attributes, most_values));
    if (entries.empty() && code == LDAP_SIZELIMIT_EXCEEDED)
        return failure(ld, code, about_question(code), "search");
    return entries;
}
}
