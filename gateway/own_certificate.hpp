// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/config.hpp"
#include "web/api/certificate.hpp"

#include <expected>
#include <string>

namespace app {
/// The certificate that was handed in through the pages, with its key: one file of the data
/// directory, so that one rename exchanges both. It serves the listeners and the pages that
/// OwnSettings names and for which no file names another.

/// Where a data directory keeps it.
std::string own_certificate_file(const std::string& data);
/// Puts it where the pages want it. What cannot be used is a warning: mail and pages go on without.
void use_own_certificate(Configuration& configuration);
/// What may use it, and what does.
web::CertificatePlaces certificate_places(const Configuration& configuration);

/// Exchanges the file, and takes the exchange back unless it is kept. All calls block.
class CertificateExchange {
public:
    explicit CertificateExchange(const std::string& data);
    ~CertificateExchange();
    CertificateExchange(const CertificateExchange&) = delete;
    CertificateExchange& operator=(const CertificateExchange&) = delete;
    /// `pem` "": away with it. Durable; the error is one sentence.
    std::expected<void, std::string> put(const std::string& pem);
    void keep() { is_kept_ = true; }

private:
    std::string file_, before_; ///< before_: "" there was none
    bool is_kept_ = false, is_changed_ = false;
};
}
