// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/certificate.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {
/// One thing that was looked at in a certificate that somebody hands in.
struct CertificateCheck {
    enum class Mark { good, warning, bad } mark = Mark::good;
    /// What was found: "key_fits", "other_key", "expired"… (see the words of the pages).
    std::string_view what;
    std::string detail; ///< the date, the names, the issuer that it is about; may be ""
};

/// A certificate and its key as they were handed in.
struct OfferedCertificate {
    std::vector<CertificateCheck> checks;
    std::optional<CertificateFacts> facts; ///< of the one that the key belongs to
    std::string issuer;
    /// The certificate, those that vouch for it in order, and the key, in one text: what
    /// CertificateFiles may name twice. "" where something is bad.
    std::string pem;
    bool has(CertificateCheck::Mark mark) const;
};

/// Looks at texts in PEM: do they belong together, would TLS take them, is it their time, are they
/// for these names (DNS names or IP addresses), who vouches for them. `key` may be "": then it
/// stands among the certificates. The order of certificates does not matter; those that do not
/// belong are left out. `ca_file` "": the system's authorities.
OfferedCertificate check_certificate(std::string_view certificates, std::string_view key,
                                     const std::vector<std::string>& names,
                                     std::chrono::system_clock::time_point now,
                                     const std::string& ca_file = {});
}
