// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/header.hpp"

#include <optional>
#include <string>

namespace filters::auth {
/// Whose name a message bears: the domain of its header From, as DMARC wants it (RFC 7489 §6.6.1).
struct Author {
    /// Unset: no From, no address in it, or more than one domain.
    std::optional<mail::Domain> domain = {};
    /// Programs may read it differently: nothing may pass in its name. Says why; "" where it is
    /// plain.
    std::string ambiguity = {};
};

/// From the one parse of the house. Several From fields or domains give no domain; an odd From that
/// still names one domain gives it.
Author author_of(const mail::Header& header);
}
