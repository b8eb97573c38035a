// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls.hpp"

#include "gateway/net/certificate.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace net {
namespace {
std::unexpected<std::string> failure(std::string_view what)
{
    const unsigned long code = ERR_peek_last_error();
    const char* reason = ERR_reason_error_string(code);
    ERR_clear_error();
    return std::unexpected{fmt::format("{}: {}", what, reason ? reason : "unknown reason")};
}

int choose_certificate(SSL* ssl, int*, void* context)
{
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (!name)
        return SSL_TLSEXT_ERR_OK;
    if (SSL_CTX* chosen = static_cast<const TlsContext*>(context)->context_for(name))
        SSL_set_SSL_CTX(ssl, chosen);
    return SSL_TLSEXT_ERR_OK;
}

/// No terminal: a key with a passphrase is an error.
int no_passphrase(char*, int, int, void*) { return -1; }

SSL_CTX* new_context(const SSL_METHOD* method)
{
    SSL_CTX* context = SSL_CTX_new(method);
    if (!context)
        throw std::bad_alloc{};
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                         | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One read call for header and record; bytes read ahead are always asked for before a wait.
    SSL_CTX_set_read_ahead(context, 1);
    // Tickets carry sessions; a cache here would only hold memory.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    return context;
}
}

TlsContext::~TlsContext()
{
    for (ssl_ctx_st* context : contexts_)
        SSL_CTX_free(context);
}

ssl_ctx_st* TlsContext::context_for(std::string name) const
{
    name = host_key(name);
    if (name.ends_with('.'))
        name.pop_back();
    auto found = names_.find(name);
    if (found == names_.end()) {
        const std::size_t dot = name.find('.');
        if (dot == 0 || dot == std::string::npos)
            return nullptr;
        found = names_.find("*" + name.substr(dot));
    }
    return found == names_.end() ? nullptr : found->second;
}

std::expected<void, std::string> TlsContext::add(const CertificateFiles& files)
{
    ERR_clear_error();
    SSL_CTX* context = contexts_.emplace_back(new_context(TLS_server_method()));
    SSL_CTX_set_dh_auto(context, 1);
    static constexpr unsigned char session_id[] = "mailweir";
    SSL_CTX_set_session_id_context(context, session_id, sizeof session_id - 1);
    SSL_CTX_set_num_tickets(context, 1);
    // OpenSSL says "system lib" of one that is not there.
    for (const auto& [what, file] :
         {std::pair{"certificate ", files.certificate}, std::pair{"key ", files.key}})
        if (::access(file.c_str(), R_OK) != 0)
            return std::unexpected{what + file + ": " + std::strerror(errno)};
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
        return failure("certificate " + files.certificate);
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return failure("key " + files.key);
    if (SSL_CTX_check_private_key(context) != 1)
        return failure("key " + files.key + " does not belong to " + files.certificate);
    X509* leaf = SSL_CTX_get0_certificate(context);
    for (const std::string& name : names_in(leaf))
        names_.try_emplace(name, context);
    expires_at_ = std::min(expires_at_, end_of_validity(leaf));
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(context, &chain);
    for (int i = 0; i < sk_X509_num(chain); ++i)
        expires_at_ = std::min(expires_at_, end_of_validity(sk_X509_value(chain, i)));
    return {};
}

std::expected<std::shared_ptr<const TlsContext>, std::string>
TlsContext::server(const std::vector<CertificateFiles>& certificates)
{
    if (certificates.empty())
        return std::unexpected{"a TLS server needs a certificate"};
    const std::shared_ptr<TlsContext> made{new TlsContext};
    made->is_server_ = true;
    for (const CertificateFiles& files : certificates) {
        const auto added = made->add(files);
        if (!added)
            return std::unexpected{added.error()};
    }
    SSL_CTX_set_tlsext_servername_callback(made->native(), choose_certificate);
    SSL_CTX_set_tlsext_servername_arg(made->native(), made.get());
    return made;
}

std::expected<std::shared_ptr<const TlsContext>, std::string>
TlsContext::client(Verify verify, const std::string& ca_file)
{
    ERR_clear_error();
    const std::shared_ptr<TlsContext> made{new TlsContext};
    SSL_CTX* context = made->contexts_.emplace_back(new_context(TLS_client_method()));
    if (verify == Verify::none)
        SSL_CTX_set_security_level(context, 1);
    SSL_CTX_set_verify(context, verify == Verify::none ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                       nullptr);
    const bool has_roots = ca_file.empty()
        ? SSL_CTX_set_default_verify_paths(context) == 1
        : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) == 1;
    if (!has_roots)
        return failure("certificate authorities " + ca_file);
    return made;
}

std::expected<std::shared_ptr<const TlsContext>, std::string>
TlsContext::dane_client(std::vector<TlsaRecord> records, std::vector<std::string> names)
{
    ERR_clear_error();
    const std::shared_ptr<TlsContext> made{new TlsContext};
    SSL_CTX* context = made->contexts_.emplace_back(new_context(TLS_client_method()));
    SSL_CTX_set_security_level(context, 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_dane_enable(context) != 1)
        return failure("DANE");
    made->records_ = std::move(records);
    made->dane_names_ = std::move(names);
    const std::unique_ptr<SSL, decltype(&SSL_free)> trial{SSL_new(context), SSL_free};
    if (!trial || !made->set_dane(trial.get()))
        return failure("no TLSA record can be used");
    return made;
}

bool TlsContext::set_dane(ssl_st* connection) const
{
    if (records_.empty() || dane_names_.empty()
        || SSL_dane_enable(connection, dane_names_.front().c_str()) != 1)
        return false;
    // RFC 7672 §3.1.1: the record is bound to the server's name by the DNS, not by the certificate.
    SSL_dane_set_flags(connection, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    for (std::size_t i = 1; i < dane_names_.size(); ++i)
        SSL_add1_host(connection, dane_names_[i].c_str());
    int usable = 0;
    for (const auto& record : records_)
        usable += SSL_dane_tlsa_add(connection, record.usage, record.selector, record.matching,
                                    reinterpret_cast<const unsigned char*>(record.data.data()),
                                    record.data.size())
            == 1;
    ERR_clear_error();
    return usable > 0;
}
}
