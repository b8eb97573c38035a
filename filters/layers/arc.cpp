// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/arc.hpp"
#include "filters/auth/author.hpp"
#include "filters/auth/mail_dns.hpp"
#include "filters/auth/mail_results.hpp"
#include "filters/layer.hpp"
#include "filters/witness.hpp"

namespace filters {
namespace {
constexpr std::string_view trusted = "arc.trusted";

/// What those through whose hands the message went say that they saw.
class Arc final : public Layer {
public:
    Arc(const Settings& settings, Services& services)
        : services_{services}, witness_{Witness::of(services)}
    {
        for (const auto& text : settings.texts("trusted_sealers")) {
            const auto domain = mail::Domain::parse(text);
            if (!domain || domain->is_literal())
                settings.complain("trusted_sealers", "\"" + text + "\" is no domain");
            else
                trusted_.push_back(*domain);
        }
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (mail.client.is_inside)
            return Findings{};
        const auto& header = mail.message.header();
        if (!header.find("ARC-Seal") && !header.find("ARC-Message-Signature")
            && !header.find("ARC-Authentication-Results"))
            return Findings{{.name = "arc.none", .evidence = "arc=none"}};
        return validate(mail);
    }

private:
    awaitable<Findings> validate(const mail::Mail& mail) const
    {
        auth::MailDns dns{services_.resolver, mail};
        const auto result = co_await auth::validate_arc(mail.message, dns, services_.pool);
        if (witness_)
            witness_->hear(mail, result);
        Findings findings{auth::finding_of(result)};
        const auto author = auth::author_of(mail.message.header());
        if (author.domain && author.ambiguity.empty())
            if (const auto* sealer = auth::trusted_sealer(result, trusted_, *author.domain))
                findings.push_back({.name = trusted,
                                    .detail = sealer->domain,
                                    .evidence = "DMARC passed for " + author.domain->ascii()
                                        + " before it was passed on"});
        co_return findings;
    }

    Services& services_;
    std::shared_ptr<Witness> witness_;
    std::vector<mail::Domain> trusted_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Arc>(settings, services);
}
}

extern const LayerType arc{
    .name = "arc",
    .summary = "Validates ARC chains: what forwarders and lists saw before they changed the mail.",
    .findings = {
        {.name = "arc.pass",
         .english = "The chain of those who passed the message on holds; the last is {}.",
         .japanese = "ARCチェーンは有効です。最後に封印したのは{}です。"},
        {.name = "arc.fail",
         .english = "The chain of those who passed the message on is broken.",
         .japanese = "ARCチェーンが壊れています。"},
        {.name = "arc.temperror",
         .english = "The keys of those who passed the message on could not be looked up now.",
         .japanese = "ARCの公開鍵を今は取得できませんでした。"},
        {.name = "arc.none",
         .english = "Nobody says that he passed the message on.",
         .japanese = "ARCチェーンはありません。"},
        {.name = trusted,
         .english = "{}, which is trusted, saw the sender's authentication pass.",
         .japanese = "信頼済みの{}が送信者の認証成功を確認しています。"},
    },
    .settings = R"(# Forwarders and mailing lists (d= of their ARC-Seal, or a parent domain) that
# are believed what they saw: mail that failed DMARC only on its way through them is not refused.
trusted_sealers: []
)",
    .make = make,
};
}
