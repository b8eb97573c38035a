// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dmarc.hpp"
#include "filters/auth/mail_dns.hpp"
#include "filters/layer.hpp"
#include "filters/vouching.hpp"
#include "filters/witness.hpp"

#include <algorithm>
#include <array>

namespace filters {
namespace {
using auth::DmarcAnswer;
using auth::DmarcPolicy;
using auth::DmarcResult;

/// In the order of auth::DmarcResult.
constexpr std::array<std::string_view, 5> names{"dmarc.none", "dmarc.pass", "dmarc.fail",
                                                "dmarc.temperror", "dmarc.permerror"};
constexpr std::string_view quarantine = "dmarc.quarantine";
constexpr std::string_view reject = "dmarc.reject";
constexpr std::string_view ambiguous = "dmarc.ambiguous";
constexpr std::string_view rescued = "dmarc.rescued";

const mail::Finding* find(const Findings& findings, std::string_view name)
{
    const auto found = std::ranges::find(findings, name, &mail::Finding::name);
    return found == findings.end() ? nullptr : &*found;
}

std::string evidence_of(const DmarcAnswer& answer)
{
    std::string text;
    if (!answer.record_domain.empty())
        text = "policy " + std::string{auth::to_string(answer.policy)} + " of "
            + answer.record_domain;
    for (const auto* more : {&answer.aligned, &answer.problem})
        if (!more->empty())
            text += (text.empty() ? "" : ", ") + more->substr(0, 200);
    return text;
}

Findings failure(const mail::Mail& mail, const DmarcAnswer& answer)
{
    // "dmarc=fail …" is how Authentication-Results says it to those behind us.
    if (const auto* sealer = find(mail.findings, "arc.trusted"))
        return {{.name = rescued,
                 .detail = sealer->detail,
                 .evidence = "dmarc=fail (p=" + std::string{auth::to_string(answer.policy)}
                     + ") header.from=" + answer.domain}};
    Findings findings{{.name = names[static_cast<std::size_t>(DmarcResult::fail)],
                       .detail = answer.domain,
                       .evidence = evidence_of(answer)}};
    if (answer.wanted != DmarcPolicy::none)
        findings.push_back({.name = answer.wanted == DmarcPolicy::reject ? reject : quarantine,
                            .detail = answer.domain,
                            .evidence = evidence_of(answer)});
    return findings;
}

/// A failure is told only where both SPF and DKIM were asked; where one of them broke down, it is
/// no failure.
Findings findings_of(const mail::Mail& mail, DmarcAnswer answer)
{
    if (answer.result == DmarcResult::fail) {
        if (!has_run(mail.findings, "spf.") || !has_run(mail.findings, "dkim."))
            return {};
        if (!find(mail.findings, "spf.error") && !find(mail.findings, "dkim.error"))
            return failure(mail, answer);
        answer.result = DmarcResult::temperror;
        answer.problem = "SPF or DKIM could not be decided";
    }
    return {{.name = names[static_cast<std::size_t>(answer.result)],
             .detail = answer.domain,
             .evidence = evidence_of(answer)}};
}

/// Whether the author's domain stands by the message, and what it wants done where it does not.
class Dmarc final : public Layer {
public:
    Dmarc(const Settings& settings, Services& services)
        : services_{services}, witness_{Witness::of(services)},
          standard_{settings.choice("standard", {"rfc7489", "rfc9989"}) == 0
                        ? auth::DmarcStandard::rfc7489
                        : auth::DmarcStandard::rfc9989}
    { }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (mail.client.is_inside)
            return Findings{};
        auto author = auth::author_of(mail.message.header());
        if (!author.domain) {
            if (author.ambiguity.empty())
                return Findings{{.name = names[0], .evidence = "no From"}};
            return Findings{{.name = ambiguous, .detail = author.ambiguity}};
        }
        return check({.author = std::move(author),
                      .identities = identities_in(mail.findings),
                      .standard = standard_,
                      .sample = mail.id.to_string()},
                     mail);
    }

private:
    awaitable<Findings> check(auth::DmarcQuestion question, const mail::Mail& mail) const
    {
        auth::MailDns dns{services_.resolver, mail};
        const auto ambiguity = question.author.ambiguity;
        auto answer = co_await auth::check_dmarc(std::move(question), dns);
        if (witness_)
            witness_->hear(mail, answer);
        auto findings = findings_of(mail, std::move(answer));
        if (!ambiguity.empty())
            findings.push_back({.name = ambiguous, .detail = ambiguity});
        co_return findings;
    }

    Services& services_;
    std::shared_ptr<Witness> witness_;
    auth::DmarcStandard standard_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Dmarc>(settings, services);
}
}

extern const LayerType dmarc{
    .name = "dmarc",
    .summary = "Asks the author's domain what to do where neither SPF nor DKIM stands for it.",
    .findings = {
        {.name = names[1],
         .english = "The message comes from {}, as it says.",
         .japanese = "差出人ドメイン{}の認証に成功しました。"},
        {.name = names[2],
         .english = "Nothing shows that the message comes from {}, as it says.",
         .japanese = "差出人ドメイン{}からのメールであることを確認できません。"},
        {.name = quarantine,
         .english = "{} asks to distrust mail in its name that does not prove itself.",
         .japanese = "{}は、認証できない自ドメイン名義のメールを隔離するよう求めています。"},
        {.name = reject,
         .english = "{} asks to refuse mail in its name that does not prove itself.",
         .japanese = "{}は、認証できない自ドメイン名義のメールを拒否するよう求めています。",
         .enhanced = "7.1",
         .refusal = "the domain in From asks to refuse mail that does not prove itself (DMARC)"},
        {.name = names[0],
         .english = "The author's domain {} does not say how its mail proves itself.",
         .japanese = "差出人ドメイン{}にはDMARCの方針がありません。"},
        {.name = names[3],
         .english = "What {} says about its mail could not be looked up now.",
         .japanese = "{}のDMARCの方針を今は確認できませんでした。"},
        {.name = names[4],
         .english = "What {} says about its mail cannot be understood.",
         .japanese = "{}のDMARCの方針を正しく評価できませんでした。"},
        {.name = ambiguous,
         .english = "Programs may disagree on who wrote the message: {}",
         .japanese = "差出人を一意に特定できません: {}"},
        {.name = rescued,
         .english = "It failed on its way here, but {}, which is trusted, saw it pass.",
         .japanese = "転送により認証に失敗しましたが、信頼済みの{}が認証成功を確認しています。"},
    },
    .settings = R"(# Which edition of DMARC decides: rfc7489 (public suffix list, pct=) or rfc9989
# (walk up the DNS, np=, psd=, t=).
standard: rfc7489
)",
    .after = {"spf", "dkim", "arc"},
    .limit = std::chrono::seconds{20},
    .make = make,
};
}
