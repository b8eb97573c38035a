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
    std::string_view allow, block, pending;
};
constexpr Scope global{"lists.allow_global", "lists.block_global", "lists.pending_global"};
constexpr Scope domain{"lists.allow_domain", "lists.block_domain", "lists.pending_domain"};
constexpr Scope user{"lists.allow_user", "lists.block_user", "lists.pending_user"};
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
    /// Something must vouch for it.
    bool is_open() const { return !is_block() && domain.has_value(); }
    std::string evidence() const
    {
        const auto where = !domain    ? ", the client"
            : stood == Stood::in_from ? ", the header From"
                                      : ", the envelope sender";
        return std::string{kind_text(match.entry.kind)} + " matched " + text.substr(0, 254) + where;
    }
};

/// What one address matched in one scope, the winning entry first: one that proves void hands over
/// to the next.
using Hits = std::vector<Hit>;

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
        std::vector<Hits> all;
        for (const auto& place : places_of(recipient))
            add(all, search(*snapshot, place, mail, mail.sender, Stood::in_envelope, true));
        return judged(mail, std::move(all), Void::is_pending);
    }

    Inspection inspect_message_for(const mail::Mail& mail,
                                   const mail::Recipient& recipient) const override
    {
        if (!services_.lists)
            return Findings{};
        const auto snapshot = services_.lists->snapshot();
        const auto authors = authors_of(mail);
        std::vector<Hits> all;
        for (const auto& place : places_of(recipient)) {
            bool has_allow = false, has_sender = false;
            for (const auto& author : authors) {
                const bool is_sender = mail.sender && author.key() == mail.sender->key();
                auto hits = search(*snapshot, place, mail, author, Stood::in_from, is_sender);
                has_sender = has_sender || is_sender;
                if (hits.empty() || (is_sender && was_judged(place, hits, recipient)))
                    continue;
                has_allow = has_allow || std::ranges::any_of(hits, &Hit::is_open);
                add(all, std::move(hits));
            }
            if (!has_sender)
                add(all, envelope_hits_again(*snapshot, place, mail, recipient, has_allow));
        }
        return judged(mail, std::move(all), Void::is_told);
    }

private:
    /// At RCPT it is too early to call an entry void: DKIM may still vouch for the sender.
    enum class Void { is_pending, is_told };

    static std::array<Place, 3> places_of(const mail::Recipient& recipient)
    {
        return {Place{&global, ""}, Place{&domain, recipient.owner().domain().ascii()},
                Place{&user, recipient.owner().key()}};
    }
    /// The envelope's sender had his answer at RCPT, unless something had to vouch for him.
    static bool was_judged(const Place& place, const Hits& hits, const mail::Recipient& recipient)
    {
        return !hits.front().is_open()
            || std::ranges::any_of(recipient.findings, [&](const mail::Finding& finding) {
                   return finding.name == place.facts->allow || finding.name == place.facts->block;
               });
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

    /// The client belongs to the envelope's sender.
    static Hits search(const storage::ListSnapshot& snapshot, const Place& place,
                       const mail::Mail& mail, const mail::ReversePath& address, Stood stood,
                       bool with_client)
    {
        const auto* ip = with_client ? &mail.client.ip : nullptr;
        Hits hits;
        for (auto& match : snapshot.matches(place.key, address, ip, mail.received_at)) {
            Hit hit{std::move(match), place.facts, {}, stood, {}};
            if (hit.match.entry.kind == ListEntry::Kind::network) {
                hit.text = mail.client.ip.to_string();
            } else {
                hit.text = mail::to_string(address);
                hit.domain = address->domain();
            }
            hits.push_back(std::move(hit));
        }
        return hits;
    }
    /// What the envelope matched at RCPT where nothing vouched for it then. Allow entries match the
    /// From, else the envelope: with `has_allow` its own do not count.
    static Hits envelope_hits_again(const storage::ListSnapshot& snapshot, const Place& place,
                                    const mail::Mail& mail, const mail::Recipient& recipient,
                                    bool has_allow)
    {
        auto hits = search(snapshot, place, mail, mail.sender, Stood::in_envelope, true);
        if (hits.empty() || was_judged(place, hits, recipient))
            return {};
        if (has_allow)
            std::erase_if(hits, [](const Hit& hit) { return hit.is_open(); });
        return hits;
    }
    static void add(std::vector<Hits>& all, Hits hits)
    {
        if (!hits.empty())
            all.push_back(std::move(hits));
    }

    Inspection judged(const mail::Mail& mail, std::vector<Hits> all, Void voids) const
    {
        Findings findings;
        std::vector<Hits> open;
        for (auto& hits : all)
            if (!is_settled(findings, mail, hits, voids))
                open.push_back(std::move(hits));
        if (open.empty())
            return findings;
        return looked_up(mail, std::move(open), std::move(findings), voids);
    }
    awaitable<Findings> looked_up(const mail::Mail& mail, std::vector<Hits> open, Findings findings,
                                  Void voids) const
    {
        for (auto& hits : open)
            for (bool is_done = false; !is_done;) {
                const auto vouching
                    = co_await vouching_by_dns(services_.resolver, mail, *hits.front().domain);
                is_done = is_last(findings, mail, hits, vouching, voids)
                    || is_settled(findings, mail, hits, voids);
            }
        co_return findings;
    }
    /// Takes the hits in turn until one counts; false: the DNS must be asked about the first that
    /// is left.
    bool is_settled(Findings& findings, const mail::Mail& mail, Hits& hits, Void voids) const
    {
        while (!hits.empty()) {
            const Hit& hit = hits.front();
            if (!hit.is_open()) {
                count(findings, mail, hit, {});
                return true;
            }
            // Who stands behind a forwarder, only the message tells.
            if (voids == Void::is_pending && mail.client.is_trusted_forwarder)
                return true;
            const auto vouching = vouching_at_hand(mail, *hit.domain, hit.stood);
            if (!vouching)
                return false;
            if (is_last(findings, mail, hits, *vouching, voids))
                return true;
        }
        return true;
    }
    /// What the vouching makes of the first hit. False where it is void and gone, and the next is
    /// looked at; before the message is there, none is.
    bool is_last(Findings& findings, const mail::Mail& mail, Hits& hits, const Vouching& vouching,
                 Void voids) const
    {
        add(findings, mail, hits.front(), vouching, voids);
        hits.erase(hits.begin());
        return vouching.is_enough || voids == Void::is_pending;
    }
    void add(Findings& findings, const mail::Mail& mail, const Hit& hit, const Vouching& vouching,
             Void voids) const
    {
        if (vouching.is_enough)
            count(findings, mail, hit, vouching.reason);
        else
            findings.push_back({.name = voids == Void::is_told ? is_void : hit.scope->pending,
                                .detail = hit.match.entry.text,
                                .evidence = hit.evidence() + "; " + vouching.reason,
                                .weight = hit.match.specificity});
    }
    void count(Findings& findings, const mail::Mail& mail, const Hit& hit,
               const std::string& reason) const
    {
        const auto name = hit.is_block() ? hit.scope->block : hit.scope->allow;
        // Envelope and From may have led to one entry.
        if (std::ranges::any_of(findings, [&](const mail::Finding& finding) {
                return finding.name == name && finding.detail == hit.match.entry.text;
            }))
            return;
        services_.lists->hit(hit.match.entry.number, mail.received_at);
        findings.push_back({.name = name,
                            .detail = hit.match.entry.text,
                            .evidence = hit.evidence() + (reason.empty() ? "" : "; " + reason),
                            .weight = hit.match.specificity});
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
        {.name = global.pending,
         .english = "The administrator's allow entry {} counts if the message proves who sent it.",
         .japanese = "管理者の許可リストの項目{}は、メッセージから送信者を確認できれば有効です。"},
        {.name = domain.pending,
         .english = "The domain's allow entry {} counts if the message proves who sent it.",
         .japanese
         = "ドメインの許可リストの項目{}は、メッセージから送信者を確認できれば有効です。"},
        {.name = user.pending,
         .english = "The recipient's allow entry {} counts if the message proves who sent it.",
         .japanese = "受信者の許可リストの項目{}は、メッセージから送信者を確認できれば有効です。"},
        {.name = is_void,
         .english = "The allow entry {} does not count: nothing shows that the sender is genuine.",
         .japanese = "許可リストの項目{}は、送信者を確認できないため無効です。"},
    },
    .settings = "",
    .make = make,
};
}
