// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dkim.hpp"
#include "filters/auth/mail_dns.hpp"
#include "filters/auth/mail_results.hpp"
#include "filters/layer.hpp"
#include "filters/witness.hpp"

namespace filters {
namespace {
constexpr std::string_view none = "dkim.none";

/// Whose signatures the message has, and which of them hold.
class Dkim final : public Layer {
public:
    Dkim(const Settings& settings, Services& services)
        : services_{services}, witness_{Witness::of(services)}
    {
        settings_.accepts_partial_body = settings.choice("partial_body", {"policy", "accept"}) == 1;
        const auto bits = settings.number("smallest_rsa_key");
        if (bits < 1024 || bits > 4096)
            settings.complain("smallest_rsa_key", "\"smallest_rsa_key\" must be from 1024 to 4096");
        settings_.smallest_rsa = static_cast<std::size_t>(bits);
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (mail.client.is_inside)
            return Findings{};
        if (!mail.message.header().find("DKIM-Signature"))
            return Findings{{.name = none, .evidence = "dkim=none"}};
        return verify(mail);
    }

private:
    awaitable<Findings> verify(const mail::Mail& mail) const
    {
        auth::MailDns dns{services_.resolver, mail};
        const auto results = co_await auth::verify_dkim(mail.message, dns, services_.pool,
                                                        mail.received_at, settings_);
        if (witness_)
            witness_->hear(mail, results);
        Findings findings;
        for (auto result : results) {
            // A domain that is testing wants no mail to be judged by what fails (RFC 6376 §3.6.1).
            if (result.is_testing && result.outcome == auth::DkimOutcome::fail)
                result.outcome = auth::DkimOutcome::neutral;
            findings.push_back(auth::finding_of(result));
        }
        co_return findings;
    }

    Services& services_;
    std::shared_ptr<Witness> witness_;
    auth::DkimSettings settings_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Dkim>(settings, services);
}
}

extern const LayerType dkim{
    .name = "dkim",
    .summary = "Verifies DKIM signatures: which domains answer for the message.",
    .findings = {
        {.name = "dkim.pass",
         .english = "A valid signature of {} stands for the message.",
         .japanese = "{}の有効なDKIM署名があります。"},
        {.name = "dkim.fail",
         .english = "The signature of {} does not fit the message: it was changed or forged.",
         .japanese = "{}のDKIM署名がメールと一致しません(改変または偽造)。"},
        {.name = "dkim.policy",
         .english = "The signature of {} leaves a part of the body unsigned and does not count.",
         .japanese = "{}のDKIM署名は本文の一部しか署名していないため、無効とします。"},
        {.name = "dkim.neutral",
         .english = "A signature of {} was not judged.",
         .japanese = "{}のDKIM署名は判定しませんでした。"},
        {.name = "dkim.temperror",
         .english = "The key of {} could not be looked up now.",
         .japanese = "{}のDKIM公開鍵を今は取得できませんでした。"},
        {.name = "dkim.permerror",
         .english = "The signature of {} can never count: expired, weak, without a key or wrong.",
         .japanese = "{}のDKIM署名は無効です(期限切れ、弱い鍵、鍵なし、または書式の誤り)。"},
        {.name = none,
         .english = "The message has no DKIM signature.",
         .japanese = "DKIM署名がありません。"},
    },
    .settings = R"(# A signature that leaves a part of the body unsigned (l=): policy (it does not
# count) or accept.
partial_body: policy
# Shorter RSA keys do not count.
smallest_rsa_key: 1024
)",
    .make = make,
};
}
