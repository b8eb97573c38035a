// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/arc.hpp"
#include "filters/auth/dkim.hpp"
#include "filters/auth/dmarc.hpp"
#include "filters/auth/spf.hpp"
#include "filters/witness.hpp"
#include "web/api/json.hpp"

#include <map>
#include <mutex>
#include <optional>

namespace app::commands {
/// What the standards say of one message.
struct Authentication {
    filters::auth::SpfAnswer spf;
    std::vector<filters::auth::DkimResult> dkim; ///< in header order
    filters::auth::ArcResult arc;
    filters::auth::DmarcAnswer dmarc;
};

/// The same as far as somebody asked.
struct KnownAuthentication {
    std::optional<filters::auth::SpfAnswer> spf;
    std::optional<std::vector<filters::auth::DkimResult>> dkim;
    std::optional<filters::auth::ArcResult> arc;
    std::optional<filters::auth::DmarcAnswer> dmarc;
};

/// Asks all of them but for what is known, with the explanation of SPF where `question` wants it.
/// `message`, `dns` and `pool` outlive it.
net::awaitable<Authentication> authenticate(filters::auth::SpfQuestion question,
                                            const mail::Message& message, filters::auth::Dns& dns,
                                            net::WorkerPool& pool, KnownAuthentication known = {});

/// Keeps what layers found out until it is asked for.
class Authentications final : public filters::Witness {
public:
    void hear(const mail::Mail& mail, const filters::auth::SpfAnswer& answer) override;
    void hear(const mail::Mail& mail,
              const std::vector<filters::auth::DkimResult>& results) override;
    void hear(const mail::Mail& mail, const filters::auth::ArcResult& result) override;
    void hear(const mail::Mail& mail, const filters::auth::DmarcAnswer& answer) override;
    /// What is known of a mail, once.
    KnownAuthentication take(mail::MailId id);

private:
    template <class Change> void change(const mail::Mail& mail, Change change);
    std::mutex mutex_;
    std::map<mail::MailId, KnownAuthentication> known_;
};

/// The object that `auth check` prints and `scan` has as `auth`.
void write_authentication(web::JsonWriter& out, const Authentication& found);
}
