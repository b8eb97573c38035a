// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/arc.hpp"
#include "filters/auth/dkim.hpp"
#include "filters/auth/dmarc.hpp"
#include "filters/auth/spf.hpp"
#include "web/api/json.hpp"

namespace app::commands {
/// What the standards say of one message.
struct Authentication {
    filters::auth::SpfAnswer spf;
    std::vector<filters::auth::DkimResult> dkim; ///< in header order
    filters::auth::ArcResult arc;
    filters::auth::DmarcAnswer dmarc;
};

/// Asks all of them, with the explanation of SPF where `question` wants it. `message`, `dns` and
/// `pool` outlive it.
net::awaitable<Authentication> authenticate(filters::auth::SpfQuestion question,
                                            const mail::Message& message, filters::auth::Dns& dns,
                                            net::WorkerPool& pool);

/// The object that `auth check` prints and `scan` has as `auth`.
void write_authentication(web::JsonWriter& out, const Authentication& found);
}
