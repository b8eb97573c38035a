// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"

#include <array>

namespace filters {
namespace {
using storage::ListEntry;

/// What one scope's entries are called as facts.
struct Scope {
    std::string_view allow, block;
};
constexpr Scope global{"lists.allow_global", "lists.block_global"};
constexpr Scope domain{"lists.allow_domain", "lists.block_domain"};
constexpr Scope user{"lists.allow_user", "lists.block_user"};

/// A From with more than this names nobody in particular.
constexpr std::size_t longest_from = 4096;
constexpr std::size_t most_authors = 4;

std::string_view kind_text(ListEntry::Kind kind)
{
    constexpr std::array<std::string_view, 4> texts{"address", "domain", "part of a domain",
                                                    "network"};
    return texts[static_cast<std::size_t>(kind)];
}

/// Allow and block entries of everyone, of the recipient's domain and of the recipient.
class Lists final : public Layer {
public:
    explicit Lists(Services& services) : services_{services} { }

    Inspection inspect_recipient(const mail::Mail& mail,
                                 const mail::Recipient& recipient) const override
    {
        if (!services_.lists)
            return Findings{};
        Search search{*this, mail, recipient};
        search.by(mail.sender, &mail.client.ip, "the envelope sender");
        return std::move(search.findings);
    }

    /// Until SPF and DKIM vouch for a From, only block entries may match it: anyone can write one.
    Inspection inspect_message_for(const mail::Mail& mail,
                                   const mail::Recipient& recipient) const override
    {
        const auto* from = mail.message.header().find("From");
        if (!services_.lists || !from || from->value.size() > longest_from)
            return Findings{};
        Search search{*this, mail, recipient};
        search.only_block = true;
        const auto authors = mail::parse_address_list(from->value);
        for (std::size_t i = 0; i < authors.entries.size() && i < most_authors; ++i)
            if (!mail.sender || authors.entries[i].mailbox.key() != mail.sender->key())
                search.by(authors.entries[i].mailbox, nullptr, "the header From");
        return std::move(search.findings);
    }

private:
    struct Search {
        Search(const Lists& layer, const mail::Mail& mail, const mail::Recipient& to)
            : services{layer.services_}, snapshot{services.lists->snapshot()}, recipient{to},
              now{mail.received_at}
        { }
        Services& services;
        std::shared_ptr<const storage::ListSnapshot> snapshot;
        const mail::Recipient& recipient;
        storage::WallTime now;
        bool only_block = false;
        Findings findings = {};

        void by(const mail::ReversePath& address, const mail::Ip* ip, std::string_view what)
        {
            in(global, "", address, ip, what);
            in(domain, recipient.address.domain().ascii(), address, ip, what);
            in(user, recipient.address.key(), address, ip, what);
        }
        void in(const Scope& scope, std::string_view key, const mail::ReversePath& address,
                const mail::Ip* ip, std::string_view what)
        {
            const auto match = snapshot->match(key, address, ip, now);
            if (!match)
                return;
            const bool is_block = match->entry.effect == ListEntry::Effect::block;
            if (only_block && !is_block)
                return;
            const bool is_network = match->entry.kind == ListEntry::Kind::network;
            findings.push_back(
                {.name = is_block ? scope.block : scope.allow,
                 .detail = match->entry.text,
                 .evidence = std::string{kind_text(match->entry.kind)} + " matched "
                     + (is_network ? ip->to_string() + ", the client"
                                   : mail::to_string(address) + ", " + std::string{what}),
                 .weight = match->specificity});
            services.lists->hit(match->entry.number, now);
        }
    };
    Services& services_;
};

std::unique_ptr<Layer> make(const Settings&, Services& services)
{
    return std::make_unique<Lists>(services);
}
}

extern const LayerType lists{
    .name = "lists",
    .summary = "Allow and block entries: the administrator's, each domain's, each user's own.",
    .findings = {
        {.name = global.allow,
         .english = "The administrator allows the sender by the entry {}.",
         .japanese = "管理者の許可リストに一致しました: {}"},
        {.name = global.block,
         .english = "The administrator blocks the sender by the entry {}.",
         .japanese = "管理者の拒否リストに一致しました: {}"},
        {.name = domain.allow,
         .english = "The domain allows the sender by the entry {}.",
         .japanese = "ドメインの許可リストに一致しました: {}"},
        {.name = domain.block,
         .english = "The domain blocks the sender by the entry {}.",
         .japanese = "ドメインの拒否リストに一致しました: {}"},
        {.name = user.allow,
         .english = "The recipient allows the sender by the entry {}.",
         .japanese = "受信者の許可リストに一致しました: {}"},
        {.name = user.block,
         .english = "The recipient blocks the sender by the entry {}.",
         .japanese = "受信者の拒否リストに一致しました: {}"},
    },
    .settings = "",
    .make = make,
};
}
