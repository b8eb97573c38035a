// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_session.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace net {
namespace {
int length(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, 1U << 30)); }

std::string library_reason()
{
    const unsigned long code = ERR_peek_last_error();
    const char* reason = ERR_reason_error_string(code);
    return reason ? reason : "the peer cut the connection off without a TLS goodbye";
}

bool is_address(const std::string& name)
{
    in6_addr space{};
    return ::inet_pton(AF_INET, name.c_str(), &space) == 1
        || ::inet_pton(AF_INET6, name.c_str(), &space) == 1;
}
}

void TlsSession::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int socket,
                       std::string_view server_name)
    : context_{std::move(context)}, ssl_{SSL_new(context_->native())}
{
    if (!ssl_ || SSL_set_fd(ssl_.get(), socket) != 1)
        throw std::runtime_error{"TLS: out of memory"};
    if (context_->is_server()) {
        SSL_set_accept_state(ssl_.get());
        return;
    }
    SSL_set_connect_state(ssl_.get());
    if (context_->set_dane(ssl_.get()))
        return;
    if (server_name.ends_with('.'))
        server_name.remove_suffix(1);
    expect_name(std::string{server_name});
}

void TlsSession::expect_name(std::string name)
{
    const bool must_verify = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE;
    if (name.empty()) {
        if (must_verify)
            throw std::runtime_error{"TLS: no name to verify the certificate for"};
        return;
    }
    bool is_set = true;
    if (is_address(name)) {
        is_set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str()) == 1;
    } else {
        SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        is_set = SSL_set1_host(ssl_.get(), name.c_str()) == 1
            && SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) == 1;
    }
    if (!is_set)
        throw std::runtime_error{"TLS: not a host name"};
}

TlsSession::Want TlsSession::result(int returned)
{
    const int error = SSL_get_error(ssl_.get(), returned);
    switch (error) {
    case SSL_ERROR_NONE:
        return Want::nothing;
    case SSL_ERROR_WANT_READ:
        return Want::read;
    case SSL_ERROR_WANT_WRITE:
        return Want::write;
    case SSL_ERROR_ZERO_RETURN:
        why_ = "the peer closed the connection";
        return Want::lost;
    default:
        break;
    }
    is_usable_ = false;
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE)
        why_ = fmt::format("TLS: {}", X509_verify_cert_error_string(verified));
    else
        why_ = fmt::format("TLS: {}", library_reason());
    ERR_clear_error();
    return Want::lost;
}

TlsSession::Want TlsSession::handshake()
{
    ERR_clear_error();
    const Want want = result(SSL_do_handshake(ssl_.get()));
    is_usable_ = want == Want::nothing;
    return want;
}

TlsSession::Want TlsSession::read(std::span<char> space, std::size_t& got)
{
    ERR_clear_error();
    const int returned = SSL_read(ssl_.get(), space.data(), length(space.size()));
    got = returned > 0 ? static_cast<std::size_t>(returned) : 0;
    return returned > 0 ? Want::nothing : result(returned);
}

bool TlsSession::has_pending() const { return SSL_pending(ssl_.get()) > 0; }

TlsSession::Want TlsSession::write(std::string_view bytes, std::size_t& sent)
{
    ERR_clear_error();
    const int returned = SSL_write(ssl_.get(), bytes.data(), length(bytes.size()));
    sent = returned > 0 ? static_cast<std::size_t>(returned) : 0;
    return returned > 0 ? Want::nothing : result(returned);
}

void TlsSession::close_notify()
{
    if (!is_usable_)
        return;
    is_usable_ = false;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

std::string TlsSession::summary() const
{
    return fmt::format("{} {}", SSL_get_version(ssl_.get()), SSL_get_cipher_name(ssl_.get()));
}

std::string TlsSession::problem() const
{
    if (context_->is_server())
        return {};
    if (!SSL_get0_peer_certificate(ssl_.get()))
        return "no certificate";
    const long verified = SSL_get_verify_result(ssl_.get());
    return verified == X509_V_OK ? std::string{} : X509_verify_cert_error_string(verified);
}
}
