// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/tls.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;

namespace net {
/// One TLS connection over a non-blocking socket, driven without waiting: each step says what it
/// wants the socket to be ready for. The library's buffers exist only while bytes are in them.
class TlsSession {
public:
    enum class Want { nothing, read, write, lost };
    /// Throws std::runtime_error when the name cannot be used.
    TlsSession(std::shared_ptr<const TlsContext> context, int socket, std::string_view server_name);
    Want handshake();
    /// nothing: `got` bytes were read.
    Want read(std::span<char> space, std::size_t& got);
    /// Bytes of a record are decrypted: the next read gets them without the socket.
    bool has_pending() const;
    /// nothing: `sent` bytes are on their way. After `read` or `write` the same bytes come again.
    Want write(std::string_view bytes, std::size_t& sent);
    /// Says goodbye if that goes without waiting.
    void close_notify();
    /// Why a step was `lost`.
    const std::string& why() const { return why_; }
    /// "TLSv1.3 TLS_AES_256_GCM_SHA384"
    std::string summary() const;
    std::string problem() const;

private:
    struct Free {
        void operator()(ssl_st* ssl) const;
    };
    Want result(int returned);
    void expect_name(std::string name);

    std::shared_ptr<const TlsContext> context_;
    std::unique_ptr<ssl_st, Free> ssl_;
    std::string why_;
    bool is_usable_ = false;
};
}
