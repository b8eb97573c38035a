// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/author.hpp"
#include "filters/auth/dkim_sign.hpp"
#include "filters/auth/private_key.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace filters::auth {
/// The keys of one configuration and whose mail they sign. Immutable; shared by all loops.
struct Signers {
    struct Key {
        std::string selector;
        PrivateKey key;
    };
    struct DomainKeys {
        mail::Domain domain;
        std::vector<Key> keys; ///< each makes a signature
    };
    std::vector<DomainKeys> domains; ///< no domain twice
    std::vector<std::string> fields = DkimSigning::default_fields();
    std::vector<std::string> sealed_fields = DkimSigning::default_sealed_fields();
    std::optional<std::chrono::seconds> lifetime; ///< gives x=

    /// Who seals what came from outside and is passed on (RFC 8617).
    struct Sealer {
        mail::Domain domain;
        Key key;
    };
    std::optional<Sealer> sealer;

    /// The keys for mail of this author: those of his domain, else of the nearest domain above it.
    /// nullptr: nobody signs, or programs may disagree on who the author is.
    const DomainKeys* keys_of(const Author& author) const;
    bool is_empty() const { return domains.empty() && !sealer; }
};
}
