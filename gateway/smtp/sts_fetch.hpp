// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/sts_cache.hpp"

namespace smtp {
/// Fetches policy files from `https://mta-sts.DOMAIN/.well-known/mta-sts.txt` (RFC 8461 §3.3), at
/// addresses that the DNS names and mail may go to, within ten seconds. `context` outlives it.
StsCache::Fetch sts_fetch(Context& context);
}
