// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap_connection.hpp"

#include <ldap.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace net {
namespace {
using About = LdapProblem::About;
using Deadline = LdapConnection::Deadline;
constexpr int most_entries = 10;

LDAP* raw(void* handle) { return static_cast<LDAP*>(handle); }

timeval time_until(Deadline deadline)
{
    using namespace std::chrono;
    const auto left
        = std::max(duration_cast<microseconds>(deadline - steady_clock::now()), microseconds{1000});
    return {.tv_sec = static_cast<time_t>(left.count() / 1'000'000),
            .tv_usec = static_cast<suseconds_t>(left.count() % 1'000'000)};
}

/// What a code says that came while the connection was made.
About about_opening(int code)
{
    const bool is_account = code == LDAP_INVALID_CREDENTIALS || code == LDAP_INAPPROPRIATE_AUTH
        || code == LDAP_INVALID_DN_SYNTAX || code == LDAP_CONFIDENTIALITY_REQUIRED;
    return is_account ? About::account : About::server;
}

/// What a code says that came to a question. A server that answers is well, whatever it thinks of
/// one domain's base: other domains go on asking it.
About about_question(int code)
{
    const bool is_server = (code < 0 && code != LDAP_FILTER_ERROR) || code == LDAP_BUSY
        || code == LDAP_UNAVAILABLE || code == LDAP_UNWILLING_TO_PERFORM;
    return is_server ? About::server : About::question;
}

/// The error, with what the server or the TLS library says of it.
std::unexpected<LdapProblem> failure(LDAP* ld, int code, About about, std::string_view during)
{
    std::string text = std::string{during} + ": " + ::ldap_err2string(code);
    char* said = nullptr;
    if (::ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said) == LDAP_OPT_SUCCESS && said) {
        if (*said != '\0')
            text += std::string{" ("} + std::string{said}.substr(0, 200) + ")";
        ::ldap_memfree(said);
    }
    return std::unexpected{LdapProblem{about, std::move(text)}};
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

struct FreeMessage {
    void operator()(LDAPMessage* message) const { ::ldap_msgfree(message); }
};
using Result = std::unique_ptr<LDAPMessage, FreeMessage>;

/// All messages that answer a request, or the server's silence.
std::expected<Result, LdapProblem> result_of(LDAP* ld, int request, Deadline deadline,
                                             std::string_view during)
{
    timeval time = time_until(deadline);
    LDAPMessage* message = nullptr;
    const int kind = ::ldap_result(ld, request, LDAP_MSG_ALL, &time, &message);
    Result result{message};
    if (kind > 0)
        return result;
    if (kind == 0) {
        ::ldap_abandon_ext(ld, request, nullptr, nullptr);
        return std::unexpected{LdapProblem{About::server, std::string{during} + ": no answer"}};
    }
    int code = LDAP_SERVER_DOWN;
    ::ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &code);
    return failure(ld, code, About::server, during);
}

/// The code in the last message of a result, LDAP_SUCCESS or what went wrong.
int code_of(LDAP* ld, LDAPMessage* result)
{
    int code = LDAP_OTHER;
    const int parsed
        = ::ldap_parse_result(ld, result, &code, nullptr, nullptr, nullptr, nullptr, 0);
    return parsed == LDAP_SUCCESS ? code : parsed;
}

LdapEntry entry_of(LDAP* ld, LDAPMessage* message, const LdapQuery& query)
{
    LdapEntry entry;
    if (char* dn = ::ldap_get_dn(ld, message)) {
        entry.dn = dn;
        ::ldap_memfree(dn);
    }
    for (const auto& attribute : query.attributes) {
        berval** values = ::ldap_get_values_len(ld, message, attribute.c_str());
        for (berval** value = values; value && *value; ++value)
            if (entry.values.size() < 100)
                entry.values.emplace_back(attribute,
                                          std::string{(*value)->bv_val, (*value)->bv_len});
        if (values)
            ::ldap_value_free_len(values);
    }
    return entry;
}
}

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
    std::vector<char*> attributes;
    for (const auto& attribute : query.attributes)
        attributes.push_back(const_cast<char*>(attribute.c_str())); // C has no const here
    std::array<char, 4> none{LDAP_NO_ATTRS};
    if (attributes.empty())
        attributes.push_back(none.data());
    attributes.push_back(nullptr);
    LDAP* ld = raw(handle_.get());
    const Watched::During during{*watched_, deadline};
    timeval time = time_until(deadline);
    int request = 0;
    const int sent
        = ::ldap_search_ext(ld, query.base.c_str(), LDAP_SCOPE_SUBTREE, query.filter.c_str(),
                            attributes.data(), 0, nullptr, nullptr, &time, most_entries, &request);
    if (sent != LDAP_SUCCESS)
        return failure(ld, sent, about_question(sent), "search");
    auto result = result_of(ld, request, deadline, "search");
    if (!result)
        return std::unexpected{std::move(result.error())};
    const int code = code_of(ld, result->get());
    if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED)
        return failure(ld, code, about_question(code), "search");
    std::vector<LdapEntry> entries;
    for (auto* entry = ::ldap_first_entry(ld, result->get()); entry;
         entry = ::ldap_next_entry(ld, entry))
        entries.push_back(entry_of(ld, entry, query));
    if (entries.empty() && code == LDAP_SIZELIMIT_EXCEEDED)
        return failure(ld, code, about_question(code), "search");
    return entries;
}
}
