// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/signers.hpp"

namespace filters::auth {
const Signers::DomainKeys* Signers::keys_of(const Author& author) const
{
    if (!author.domain || !author.ambiguity.empty())
        return nullptr;
    const DomainKeys* nearest = nullptr;
    for (const auto& one : domains)
        if (author.domain->is_within(one.domain)
            && (!nearest || one.domain.is_within(nearest->domain)))
            nearest = &one;
    return nearest;
}
}
