// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/tls.hpp"

#include <openssl/types.h>

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {
/// A host's name as it is compared: ASCII in lower case.
std::string host_key(std::string_view name);

/// The DNS names a certificate is for, as `host_key` gives them; the common name where it has no
/// such list.
std::vector<std::string> names_in(X509* certificate);
std::chrono::system_clock::time_point end_of_validity(X509* certificate);

/// What stands in a server's certificate.
struct CertificateFacts {
    std::string subject; ///< the common name
    std::vector<std::string> names;
    std::chrono::system_clock::time_point begins{}, ends{};
};
CertificateFacts facts_of(X509* certificate);
/// Reads a chain's first certificate, and checks that the key belongs to it. Files that this user
/// may not read are no problem: then there are no facts, or the key goes unchecked.
std::expected<std::optional<CertificateFacts>, std::string>
read_certificate(const CertificateFiles& files);
}
