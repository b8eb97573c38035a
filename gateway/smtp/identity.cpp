// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/identity.hpp"

#include "gateway/mail/account.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/smtp/aliases.hpp"

#include <algorithm>

namespace smtp {
namespace {
constexpr std::size_t longest_account = 255;

bool is_own(const Settings& settings, const mail::Mailbox& address)
{
    return settings.domains.contains(address.domain().ascii());
}

const mail::Finding* find(const mail::Mail& mail, std::string_view name)
{
    const auto found = std::ranges::find(mail.findings, name, &mail::Finding::name);
    return found == mail.findings.end() ? nullptr : &*found;
}

/// A name as a server writes it, in lower case: many pass on what a person typed. "": what stands
/// there is none.
std::string name_in(const mail::Field& field)
{
    auto name = mail::unfold(field.value);
    const bool is_name = name.size() <= longest_account && std::ranges::none_of(name, [](char c) {
                             return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '"';
                         });
    std::ranges::transform(name, name.begin(), mail::to_lower);
    return is_name ? name : "";
}

std::string account_in_field(const mail::Mail& mail, const AccountSettings& account)
{
    const bool is_believed = !account.header.empty()
        && std::ranges::any_of(account.header_from, [&](const mail::Network& network) {
               return network.contains(mail.client.ip);
           });
    const auto count = is_believed ? mail.message.header().count(account.header) : 0;
    // Two fields: the server passed one on that somebody else wrote, and nobody knows which. The
    // envelope would be that one's choice, too.
    if (count > 1)
        return "several names from " + mail.client.ip.to_string();
    return count == 1 ? name_in(*mail.message.header().find(account.header)) : "";
}

/// Whose account an envelope sender is: the same with a detail or in a domain's other name.
std::string account_of_sender(const mail::Mailbox& sender, const Settings& settings)
{
    return resolve(settings, sender, [](const auto&) { return nullptr; }).owner.key();
}

/// Not an address that a server of ours puts in place of a sender outside, of mail it forwards.
bool is_somebody_here(const Settings& settings, const mail::Mailbox& address)
{
    const auto& key = address.key();
    return is_own(settings, address) && !key.starts_with("srs0") && !key.starts_with("srs1");
}

std::optional<mail::Mailbox> named_by(const mail::Mail& mail, std::string_view fact,
                                      const Settings& settings)
{
    const auto* found = find(mail, fact);
    if (!found)
        return {};
    auto address = mail::Mailbox::parse(found->detail);
    return address && is_somebody_here(settings, *address) ? std::optional{*std::move(address)}
                                                           : std::nullopt;
}

/// Who sends comes before who seems to forward it: a stranger may have sent the same text to
/// somebody here before, who would read it.
std::optional<mail::Mailbox> owner_of(const mail::Mail& mail, const Settings& settings)
{
    if (auto account = named_by(mail, mail::account_fact, settings))
        return account;
    if (mail.sender && is_somebody_here(settings, *mail.sender))
        return mail.sender;
    for (const std::string_view fact : {"forward.spam", "forward.known"})
        if (auto forwarder = named_by(mail, fact, settings))
            return forwarder;
    return {};
}
}

std::optional<mail::Finding> account_of(const mail::Mail& mail, const Settings& settings)
{
    if (mail.direction != mail::Direction::outbound || find(mail, mail::account_fact))
        return {};
    const auto& account = settings.account;
    if (auto name = account_in_field(mail, account); !name.empty())
        return mail::Finding{.name = mail::account_fact,
                             .detail = std::move(name),
                             .evidence = "by the field " + account.header};
    if (account.is_envelope && mail.sender && is_own(settings, *mail.sender))
        return mail::Finding{.name = mail::account_fact,
                             .detail = account_of_sender(*mail.sender, settings),
                             .evidence = std::string{mail::account_by_envelope}};
    return {};
}

void own_outgoing(mail::Mail& mail, const Settings& settings)
{
    if (mail.direction != mail::Direction::outbound)
        return;
    const auto owner = owner_of(mail, settings);
    mail.sending_domain = owner ? owner->domain().ascii() : "";
    for (auto& recipient : mail.recipients)
        if (owner && !is_own(settings, recipient.address))
            recipient.canonical = owner;
}
}
