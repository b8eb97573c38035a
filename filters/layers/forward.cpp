// SPDX-License-Identifier: Apache-2.0
#include "filters/forwarding_list.hpp"
#include "filters/layer.hpp"
#include "filters/services.hpp"
#include "filters/two_way_memory.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view known = "forward.known", changed = "forward.changed",
                           spam = "forward.spam";
constexpr std::size_t most_named = 5;

/// Mail that came in and goes out again: who sends it on, and whether it was spam (features O1).
class Forward final : public Layer {
public:
    Forward(const Settings& settings, Services& services)
        : services_{services}, pass_{settings.texts("pass")}
    {
        for (auto& text : pass_)
            if (!is_pattern(text))
                settings.complain("pass", "an address or @domain, not \"" + text + "\"");
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        auto* memory = TwoWayMemory::here();
        const bool leaves = std::ranges::any_of(
            mail.recipients, [&](const auto& recipient) { return !is_own(recipient.address); });
        if (!memory || mail.direction != mail::Direction::outbound || !leaves)
            return Findings{};
        return look_up(*memory, mail);
    }

    /// Only the copies that leave are a forward; an own mailbox keeps its own.
    Inspection inspect_message_for(const mail::Mail& mail,
                                   const mail::Recipient& recipient) const override
    {
        const auto found = std::ranges::find(mail.findings, known, &mail::Finding::name);
        if (mail.direction != mail::Direction::outbound || found == mail.findings.end()
            || is_own(recipient.address))
            return Findings{};
        const bool is_spam = found->weight.value_or(0) > 0;
        ForwardingList::here().note(found->detail, recipient.address.key(), is_spam,
                                    std::chrono::floor<std::chrono::seconds>(mail.received_at));
        if (!is_spam || may_pass(found->detail))
            return Findings{};
        return Findings{{.name = spam, .detail = found->detail, .evidence = found->evidence}};
    }

private:
    bool is_own(const mail::Mailbox& address) const
    {
        return services_.is_own_domain && services_.is_own_domain(address.domain());
    }
    /// Who sends on what others wrote leaves their name in it, or their address in its envelope.
    bool is_ours(const mail::Mail& mail) const
    {
        const auto* from = mail.message.header().find("From");
        const auto authors = from ? mail::parse_address_list(from->value) : mail::AddressList{};
        return !authors.entries.empty() && (!mail.sender || is_own(*mail.sender))
            && std::ranges::all_of(authors.entries,
                                   [&](const auto& one) { return is_own(one.mailbox); });
    }
    static bool is_pattern(std::string& text)
    {
        if (text.starts_with('@')) {
            const auto domain = mail::Domain::parse(std::string_view{text}.substr(1));
            text = domain ? "@" + domain->ascii() : "";
        } else {
            const auto address = mail::Mailbox::parse(text);
            text = address ? address->key() : "";
        }
        return !text.empty();
    }
    bool may_pass(const std::string& address) const
    {
        return std::ranges::any_of(pass_, [&](const std::string& one) {
            return one.starts_with('@') ? address.ends_with(one) : address == one;
        });
    }

    awaitable<Findings> look_up(TwoWayMemory& memory, const mail::Mail& mail) const
    {
        const auto came = co_await memory.find(mail, is_ours(mail));
        if (!came) {
            memory.remember_outgoing(mail);
            co_return Findings{};
        }
        memory.remember_sent_on(mail);
        std::string names;
        for (std::size_t i = 1; i < std::min(came->recipients.size(), most_named); ++i)
            names += (names.empty() ? ", or for " : ", ") + came->recipients[i];
        mail::Finding finding{.name = known,
                              .detail = came->recipients.empty() ? "" : came->recipients.front()};
        finding.evidence = fmt::format("came in as {} ({}), known by {}{}", came->id.to_string(),
                                       came->action, came->by, names);
        finding.evidence.resize(std::min<std::size_t>(finding.evidence.size(), 512));
        finding.weight = came->is_spam ? 1 : 0;
        Findings found;
        if (!came->is_same_text)
            found.push_back({.name = changed, .detail = finding.detail});
        found.push_back(std::move(finding));
        co_return found;
    }

    Services& services_;
    std::vector<std::string> pass_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Forward>(settings, services);
}
}

extern const LayerType forward{
    .name = "forward",
    .summary = "Knows mail again that came in and goes out: who forwards it, and whether it was "
               "spam.",
    .findings = {
        {.name = known,
         .english = "Mail that came in for {} goes out again.",
         .japanese = "{}宛てに届いたメールが外部へ転送されます。"},
        {.name = changed,
         .english = "Mail that came in for {} goes out with another text.",
         .japanese = "{}宛てに届いたメールが、本文を変えて外部へ転送されます。"},
        {.name = spam,
         .english = "Spam that came in for {} would be forwarded outside.",
         .japanese = "{}宛てに届いた迷惑メールが外部へ転送されようとしています。",
         .is_overriding = true,
         .action = mail::Action::quarantine,
         .refusal = "spam that came in is not forwarded from here"},
    },
    .settings = R"(# Spam (what was tagged when it came in) is held when somebody forwards it. A
# rule that names forward.spam chooses otherwise, for all or some: forward.spam(*@lists.example.jp).
# Addresses and @domains whose forwarded spam passes, for somebody knows better:
pass: []
)",
    .after = {},
    .make = make,
};
}
