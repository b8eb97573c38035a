// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace net {
/// A certificate chain and its key, both PEM files.
struct CertificateFiles {
    std::string certificate;
    std::string key;
};

enum class Verify { none, required };

/// One OpenSSL context, immutable once made; a reload makes a new one and swaps the pointer.
/// TLS 1.2 and later, the library's default ciphers of security level 2 (level 1 for opportunistic
/// clients).
class TlsContext {
public:
    /// A server's: the first pair serves clients without SNI; others are chosen by the names in
    /// them (exact names before wildcards, earlier pairs before later ones).
    static std::expected<std::shared_ptr<const TlsContext>, std::string>
    server(const std::vector<CertificateFiles>& certificates);
    /// A client's; with Verify::required the handshake fails unless chain and name are right.
    /// `ca_file` empty: the system's.
    static std::expected<std::shared_ptr<const TlsContext>, std::string>
    client(Verify verify, const std::string& ca_file = {});
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ssl_ctx_st* native() const { return contexts_.front(); }
    bool is_server() const { return is_server_; }
    /// The certificate that serves `name`; null when none bears it.
    ssl_ctx_st* context_for(std::string name) const;
    /// The earliest end of validity among a server's certificates (leaf and chain).
    std::chrono::system_clock::time_point expires_at() const { return expires_at_; }

private:
    TlsContext() = default;
    std::expected<void, std::string> add(const CertificateFiles& files);
    std::vector<ssl_ctx_st*> contexts_;
    std::map<std::string, ssl_ctx_st*> names_; ///< lower case, "*.example.org" as it stands
    std::chrono::system_clock::time_point expires_at_
        = std::chrono::system_clock::time_point::max();
    bool is_server_ = false;
};
}
