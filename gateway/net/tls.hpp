// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace net {
/// A certificate chain and its key, both PEM files.
struct CertificateFiles {
    std::string certificate;
    std::string key;
};

enum class Verify { none, required };

/// What the DNS says of a server's certificate (RFC 6698 §2.1).
struct TlsaRecord {
    std::uint8_t usage = 0, selector = 0, matching = 0;
    std::string data;
    bool operator==(const TlsaRecord&) const = default;
};

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
    /// A client's for one server by the certificate association it publishes (RFC 7672): the
    /// handshake fails unless a record matches. `names`: the server's, then others its certificate
    /// may bear. The error: no record can be used.
    static std::expected<std::shared_ptr<const TlsContext>, std::string>
    dane_client(std::vector<TlsaRecord> records, std::vector<std::string> names);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ssl_ctx_st* native() const { return contexts_.front(); }
    bool is_server() const { return is_server_; }
    /// Readies a connection of a `dane_client`; false for any other context.
    bool set_dane(ssl_st* connection) const;
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
    std::vector<TlsaRecord> records_; ///< of a dane_client
    std::vector<std::string> dane_names_;
};
}
