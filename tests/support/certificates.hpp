// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/tls.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace support {
/// A certificate authority of the test's own, in a temporary folder that goes with it.
class CertificateAuthority {
public:
    CertificateAuthority();
    ~CertificateAuthority();
    CertificateAuthority(const CertificateAuthority&) = delete;
    CertificateAuthority& operator=(const CertificateAuthority&) = delete;
    /// The authority's own certificate, for clients that verify.
    std::string file() const { return folder_ / "ca.pem"; }
    /// A certificate for `names` (DNS names, or "IP:192.0.2.1") that ends `validity` from now.
    net::CertificateFiles issue(const std::vector<std::string>& names,
                                std::chrono::hours validity = std::chrono::hours{24});
    const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
    evp_pkey_st* key_;
    x509_st* certificate_;
    int issued_ = 0;
};
}
