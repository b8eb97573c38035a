// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/organizational_domain.hpp"

#include "gateway/mail/public_suffix.hpp"

namespace filters::auth {
std::optional<mail::Domain> organizational_domain(const mail::Domain& domain)
{
    if (domain.is_literal())
        return {};
    const auto registered = mail::registrable_domain(domain.ascii());
    if (registered.empty())
        return {};
    auto parsed = mail::Domain::parse(registered);
    return parsed ? std::optional{std::move(*parsed)} : std::nullopt;
}

bool is_public_suffix(const mail::Domain& domain)
{
    return !domain.is_literal() && mail::is_public_suffix(domain.ascii());
}
}
