// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "filters/spam_traps.hpp"

namespace filters {
namespace {
using Result = RecipientVerifier::Result;

constexpr std::string_view unknown = "recipients.unknown";
constexpr std::string_view refused = "recipients.refused";
constexpr std::string_view unavailable = "recipients.unavailable";
constexpr std::string_view unchecked = "recipients.unchecked";

Findings facts(const Result& result)
{
    using Answer = RecipientVerifier::Answer;
    Findings findings;
    if (result.answer == Answer::unknown)
        findings.push_back({.name = unknown, .evidence = result.reply});
    else if (result.answer == Answer::refused)
        findings.push_back({.name = refused, .detail = result.enhanced, .evidence = result.reply});
    else if (result.answer == Answer::unavailable)
        findings.push_back({.name = unavailable, .evidence = result.reply});
    else if (result.answer == Answer::unchecked)
        findings.push_back({.name = unchecked});
    return findings;
}

awaitable<Findings> ask(RecipientVerifier& verifier, mail::Mailbox address)
{
    const Result result = co_await verifier.verify(std::move(address));
    co_return facts(result);
}

/// Asks whether the mailbox exists before its mail is taken.
class Recipients final : public Layer {
public:
    explicit Recipients(Services& services) : services_{services} { }

    Inspection inspect_recipient(const mail::Mail&, const mail::Recipient& recipient) const override
    {
        if (!services_.recipients || is_spam_trap(recipient)
            || (services_.is_own_domain && !services_.is_own_domain(recipient.address.domain())))
            return Findings{};
        if (const auto known = services_.recipients->known(recipient.address))
            return facts(*known);
        return ask(*services_.recipients, recipient.address);
    }

private:
    Services& services_;
};

std::unique_ptr<Layer> make(const Settings&, Services& services)
{
    return std::make_unique<Recipients>(services);
}
}

extern const LayerType recipients{
    .name = "recipients",
    .summary = "Asks the internal server, a directory or a file whether a mailbox exists.",
    .findings = {
        {.name = unknown,
         .english = "There is no such recipient.",
         .japanese = "宛先が存在しません。",
         .is_overriding = true,
         .action = mail::Action::reject,
         .enhanced = "1.1",
         .refusal = "no such mailbox here"},
        {.name = unavailable,
         .english = "Nobody could say whether the recipient exists.",
         .japanese = "宛先の有無を確認できませんでした。",
         .is_overriding = true,
         .action = mail::Action::defer,
         .enhanced = "4.3",
         .refusal = "the recipient cannot be verified now; try again later"},
        {.name = refused,
         .english = "The internal server refuses the recipient, which it may well know.",
         .japanese = "内部サーバーがこの宛先への受信を拒否しました。",
         .is_overriding = true,
         .action = mail::Action::reject,
         .enhanced = "{}",
         .refusal = "the recipient's server does not take mail for it"},
        {.name = unchecked,
         .english = "The recipient was not verified.",
         .japanese = "宛先は確認されていません。"},
    },
    .settings = "",
    .after = {"traps"},
    .on_error = OnError::defer,
    .limit = std::chrono::seconds{60},
    .make = make,
};
}
