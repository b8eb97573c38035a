// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "filters/vouching.hpp"

#include <algorithm>
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
constexpr std::string_view is_void = "lists.void";

/// A From with more than this names nobody in particular.
constexpr std::size_t longest_from = 4096;
constexpr std::size_t most_authors = 4;

std::string_view kind_text(ListEntry::Kind kind)
{
    constexpr std::array<std::string_view, 4> texts{"address", "domain", "part of a domain",
                                                    "network"};
    return texts[static_cast<std::size_t>(kind)];
}

struct Place {
    const Scope* facts;
    std::string key; ///< of the entries: "", "b.example", "user@b.example"
};

/// An entry that matched, and what it matched.
struct Hit {
    storage::ListSnapshot::Match match;
    const Scope* scope;
    std::string text; ///< the address, or the client's
    Stood stood;
    std::optional<mail::Domain> domain; ///< of the address; unset for networks

    bool is_block() const { return match.entry.effect == ListEntry::Effect::block; }
    std::string evidence() const
    {
        const auto where = !domain    ? ", the client"
            : stood == Stood::in_from ? ", the header From"
                                      : ", the envelope sender";
        return std::string{kind_text(match.entry.kind)} + " matched " + text.substr(0, 254) + where;
    }
};

/// Allow and block entries of everyone, of the recipient's domain and of the recipient. Anyone can
/// write a sender's address, so an allow entry counts only where something vouches for it; what
/// was written in the envelope may be vouched for by the message that follows.
class Lists final : public Layer {
public:
    explicit Lists(Services& services) : services_{services} { }

    Inspection inspect_recipient(const mail::Mail& mail,
                                 const mail::Recipient& recipient) const override
    {
        if (!services_.lists)
            return Findings{};
        const auto snapshot = services_.lists->snapshot();
        std::vector<Hit> hits;
        for (const auto& place : places_of(recipient))
            search(hits, *snapshot, place, mail, mail.sender, Stood::in_envelope);
        return judged(mail, std::move(hits), Void::stays_silent);
    }

    Inspection inspect_message_for(const mail::Mail& mail,
                                   const mail::Recipient& recipient) const override
    {
        if (!services_.lists)
            return Findings{};
        const auto snapshot = services_.lists->snapshot();
        const auto authors = authors_of(mail);
        std::vector<Hit> hits;
        for (const auto& place : places_of(recipient)) {
            const auto before = hits.size();
            const bool is_allowed = has_fact(recipient, place.facts->allow);
            for (const auto& author : authors)
                search_author(hits, *snapshot, place, mail, author, is_allowed);
            const bool has_allow
                = std::any_of(hits.begin() + static_cast<std::ptrdiff_t>(before), hits.end(),
                              [](const Hit& hit) { return !hit.is_block(); });
            if (!has_allow && !is_allowed)
                search_allow_again(hits, *snapshot, place, mail);
        }
        return judged(mail, std::move(hits), Void::is_told);
    }

private:
    /// At RCPT it is too early to call an entry void.
    enum class Void { stays_silent, is_told };

    static std::array<Place, 3> places_of(const mail::Recipient& recipient)
    {
        return {Place{&global, ""}, Place{&domain, recipient.address.domain().ascii()},
                Place{&user, recipient.address.key()}};
    }
    static bool has_fact(const mail::Recipient& recipient, std::string_view name)
    {
        return std::ranges::find(recipient.findings, name, &mail::Finding::name)
            != recipient.findings.end();
    }
    static std::vector<mail::Mailbox> authors_of(const mail::Mail& mail)
    {
        std::vector<mail::Mailbox> authors;
        const auto* from = mail.message.header().find("From");
        if (!from || from->value.size() > longest_from)
            return authors;
        for (auto& entry : mail::parse_address_list(from->value).entries)
            if (authors.size() < most_authors)
                authors.push_back(std::move(entry.mailbox));
        return authors;
    }

    static void search(std::vector<Hit>& hits, const storage::ListSnapshot& snapshot,
                       const Place& place, const mail::Mail& mail, const mail::ReversePath& address,
                       Stood stood)
    {
        const auto* ip = stood == Stood::in_envelope ? &mail.client.ip : nullptr;
        auto match = snapshot.match(place.key, address, ip, mail.received_at);
        if (!match)
            return;
        Hit hit{std::move(*match), place.facts, mail.client.ip.to_string(), stood, {}};
        if (hit.match.entry.kind != ListEntry::Kind::network) {
            hit.text = mail::to_string(address);
            hit.domain = address->domain();
        }
        hits.push_back(std::move(hit));
    }
    /// An author who is the envelope's sender, too, was looked at already, at RCPT.
    static void search_author(std::vector<Hit>& hits, const storage::ListSnapshot& snapshot,
                              const Place& place, const mail::Mail& mail,
                              const mail::Mailbox& author, bool is_allowed)
    {
        std::vector<Hit> found;
        search(found, snapshot, place, mail, author, Stood::in_from);
        const bool is_sender = mail.sender && author.key() == mail.sender->key();
        for (auto& hit : found)
            if (!is_sender || (!hit.is_block() && !is_allowed))
                hits.push_back(std::move(hit));
    }
    /// What the envelope matched at RCPT and nothing vouched for then.
    static void search_allow_again(std::vector<Hit>& hits, const storage::ListSnapshot& snapshot,
                                   const Place& place, const mail::Mail& mail)
    {
        std::vector<Hit> again;
        search(again, snapshot, place, mail, mail.sender, Stood::in_envelope);
        for (auto& hit : again)
            if (!hit.is_block() && hit.domain)
                hits.push_back(std::move(hit));
    }

    Inspection judged(const mail::Mail& mail, std::vector<Hit> hits, Void voids) const
    {
        Findings findings;
        std::vector<Hit> open;
        for (auto& hit : hits) {
            if (hit.is_block() || !hit.domain) {
                findings.push_back(counted(mail, hit, {}));
                continue;
            }
            // Who stands behind a forwarder, only the message tells.
            if (voids == Void::stays_silent && mail.client.is_trusted_forwarder)
                continue;
            const auto vouching = vouching_at_hand(mail, *hit.domain, hit.stood);
            if (!vouching)
                open.push_back(std::move(hit));
            else
                add(findings, mail, hit, *vouching, voids);
        }
        if (open.empty())
            return findings;
        return looked_up(mail, std::move(open), std::move(findings), voids);
    }
    awaitable<Findings> looked_up(const mail::Mail& mail, std::vector<Hit> open, Findings findings,
                                  Void voids) const
    {
        for (const auto& hit : open) {
            const auto vouching = co_await vouching_by_dns(services_.resolver, mail, *hit.domain);
            add(findings, mail, hit, vouching, voids);
        }
        co_return findings;
    }
    void add(Findings& findings, const mail::Mail& mail, const Hit& hit, const Vouching& vouching,
             Void voids) const
    {
        if (vouching.is_enough)
            findings.push_back(counted(mail, hit, vouching.reason));
        else if (voids == Void::is_told)
            findings.push_back({.name = is_void,
                                .detail = hit.match.entry.text,
                                .evidence = hit.evidence() + "; " + vouching.reason});
    }
    mail::Finding counted(const mail::Mail& mail, const Hit& hit, const std::string& reason) const
    {
        services_.lists->hit(hit.match.entry.number, mail.received_at);
        return {.name = hit.is_block() ? hit.scope->block : hit.scope->allow,
                .detail = hit.match.entry.text,
                .evidence = hit.evidence() + (reason.empty() ? "" : "; " + reason),
                .weight = hit.match.specificity};
    }

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
        {.name = is_void,
         .english = "The allow entry {} does not count: nothing shows that the sender is genuine.",
         .japanese = "許可リストの項目{}は、送信者を確認できないため無効です。"},
    },
    .settings = "",
    .make = make,
};
}
