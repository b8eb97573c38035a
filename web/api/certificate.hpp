// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/request.hpp"
#include "web/api/site.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace filters {
struct Services;
}

namespace web {
/// Something that may use the certificate that is handed in here.
struct CertificatePlace {
    std::string name; ///< "listener mx", or "web"
    std::string address;
    std::string locked; ///< "file:line" where a file names another; "" nothing does
    bool is_listener = false;
    bool has_tls = false, is_own = false; ///< own: it uses the one handed in
};
struct CertificatePlaces {
    std::string file; ///< where that one lies, or would
    std::vector<CertificatePlace> all;
};

/// What is handed in: certificates and key in one text ("" takes the one there away, none leaves
/// it), and who uses it from now on.
struct CertificateChange {
    std::optional<std::string> pem;
    std::vector<std::string> uses;
};

/// Whoever keeps it, as handlers reach him. Empty functions: nobody does.
struct CertificateDesk {
    std::function<CertificatePlaces()> places;
    /// In force at once, or nothing changes and `complaints` say why.
    std::function<awaitable<ReloadOutcome>(CertificateChange change)> change;
    /// Kept with what survives a reload. On the first loop.
    static CertificateDesk& of(filters::Services& services);
};

// Handlers.
awaitable<Response> get_certificate(Site& site, Principal principal, Request request);
awaitable<Response> post_certificate_check(Site& site, Principal principal, Request request);
awaitable<Response> put_certificate(Site& site, Principal principal, Request request);
awaitable<Response> delete_certificate(Site& site, Principal principal, Request request);
}
