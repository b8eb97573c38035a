// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/organizational_domain.hpp"

#include <libpsl.h>

namespace filters::auth {
namespace {
/// Read once; never freed, for coroutines may ask until the process ends.
const psl_ctx_t* public_suffixes()
{
    static const psl_ctx_t* const list = [] {
        const psl_ctx_t* latest = psl_latest(nullptr);
        return latest != nullptr ? latest : psl_builtin();
    }();
    return list;
}
}

std::optional<mail::Domain> organizational_domain(const mail::Domain& domain)
{
    if (domain.is_literal())
        return {};
    const auto* registered = psl_registrable_domain(public_suffixes(), domain.ascii().c_str());
    if (registered == nullptr)
        return {};
    auto parsed = mail::Domain::parse(registered);
    return parsed ? std::optional{std::move(*parsed)} : std::nullopt;
}

bool is_public_suffix(const mail::Domain& domain)
{
    return !domain.is_literal()
        && psl_is_public_suffix(public_suffixes(), domain.ascii().c_str()) != 0;
}
}
