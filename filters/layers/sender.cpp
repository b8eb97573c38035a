// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "filters/list_file.hpp"
#include "filters/sender_directory.hpp"
#include "filters/sender_pairs.hpp"
#include "filters/sender_rights.hpp"
#include "filters/services.hpp"
#include "gateway/mail/account.hpp"

#include <algorithm>
#include <set>

namespace filters {
namespace {
constexpr std::string_view foreign_envelope = "sender.foreign_envelope";
constexpr std::string_view foreign_from = "sender.foreign_from";
constexpr std::string_view unreadable_from = "sender.unreadable_from";
constexpr std::string_view not_yours = "sender.not_yours";
constexpr std::string_view unlisted = "sender.unlisted";
constexpr std::string_view rewritten = "sender.rewritten";
constexpr std::string_view envelope_rewritten = "sender.envelope_rewritten";

SenderRights read_rights(const Settings& settings)
{
    SenderRights rights;
    const auto path = settings.text("rights");
    if (path.empty())
        return rights;
    std::size_t number = 0;
    std::string problem;
    const auto read = read_list_file(path, [&](std::string_view line, bool is_too_long) {
        ++number;
        const auto added
            = is_too_long ? std::unexpected{std::string{"a line of over 4 KiB"}} : rights.add(line);
        if (!added && problem.empty())
            problem = path + ":" + std::to_string(number) + ": " + added.error();
    });
    if (!read)
        problem = path + ": " + read.error();
    if (!problem.empty())
        settings.complain("rights", problem);
    return rights;
}

/// What is known of who sends a mail.
struct Known {
    std::string account; ///< "": nobody knows
    std::vector<std::string> addresses; ///< keys of what it may use, its own first
    bool is_listed = false;
};

/// Whether what leaves bears a name of the organisation, and of whoever sends it (features O2).
class Sender final : public Layer {
public:
    Sender(const Settings& settings, Services& services)
        : services_{services}, rights_{read_rights(settings)},
          directory_{settings.boolean("accounts") ? SenderDirectory::of(services) : nullptr},
          is_rewriting_{settings.boolean("rewrite")},
          must_be_listed_{settings.boolean("must_be_listed")},
          is_by_approval_{settings.boolean("approval")}
    { }

    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        if (mail.direction != mail::Direction::outbound || !mail.sender || is_own(*mail.sender))
            return Findings{};
        return Findings{{.name = foreign_envelope, .detail = mail.sender->domain().ascii()}};
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (mail.direction != mail::Direction::outbound)
            return Findings{};
        auto known = known_by_file(mail::account_of(mail));
        if (directory_ && !known.account.empty())
            return ask(mail, std::move(known));
        return check(mail, known);
    }

private:
    bool is_own(const mail::Mailbox& address) const
    {
        return services_.is_own_domain && services_.is_own_domain(address.domain());
    }
    static std::vector<mail::Mailbox> authors_of(const mail::Mail& mail)
    {
        std::vector<mail::Mailbox> authors;
        const auto take = [&](const mail::Field& field) {
            for (auto& entry : mail::parse_address_list(field.value).entries)
                authors.push_back(std::move(entry.mailbox));
        };
        const auto& header = mail.message.header();
        for (const auto& field : header.fields())
            if (field.is("From") || field.is("Sender"))
                take(field);
        // The topmost are of whoever sends it on now (RFC 5322 §3.6.6).
        for (const auto* name : {"Resent-From", "Resent-Sender"})
            if (const auto* field = header.find(name))
                take(*field);
        return authors;
    }
    /// Programs may show another author than the one that was checked, or one where none was.
    static bool is_unreadable(const mail::Header& header)
    {
        if (header.count("From") != 1 || header.is_truncated())
            return true;
        const auto list = mail::parse_address_list(header.find("From")->value);
        return list.entries.empty() || list.malformed > 0 || list.is_truncated;
    }
    Known known_by_file(std::string account) const
    {
        Known known{.account = {},
                    .addresses = rights_.addresses_of(account),
                    .is_listed = !account.empty() && (is_by_approval_ || rights_.knows(account))};
        if (const auto own = mail::Mailbox::parse(account); own && is_by_approval_)
            known.addresses.push_back(own->key());
        known.account = std::move(account);
        return known;
    }
    awaitable<Findings> ask(const mail::Mail& mail, Known known) const
    {
        if (auto addresses = co_await directory_->addresses_of(known.account)) {
            known.is_listed = true;
            // What the directory says first is the account's own; a file adds to it.
            addresses->insert(addresses->end(), known.addresses.begin(), known.addresses.end());
            known.addresses = std::move(*addresses);
        }
        co_return check(mail, known);
    }
    bool may_use(const Known& known, const mail::Mailbox& address) const
    {
        return rights_.may_use(known.account, address)
            || std::ranges::find(known.addresses, address.key()) != known.addresses.end()
            || SenderPairs::here().is_approved(known.account, address.key());
    }
    /// The address under which whoever sends it can be reached; nullopt: none is known.
    std::optional<mail::Mailbox> own_address(const Known& known) const
    {
        for (const auto& text : known.addresses)
            if (auto address = mail::Mailbox::parse(text); address && is_own(*address))
                return *std::move(address);
        auto address = mail::Mailbox::parse(known.account);
        return address && is_own(*address) ? std::optional{*std::move(address)} : std::nullopt;
    }
    /// Nobody's rights are known where neither a file nor a directory is asked.
    bool has_rights() const { return directory_ || is_by_approval_ || rights_.size() > 0; }

    /// For a person to approve.
    void note_pairs(const mail::Mail& mail, const Known& known) const
    {
        if (known.account.empty())
            return;
        auto addresses = authors_of(mail);
        if (mail.sender)
            addresses.push_back(*mail.sender);
        const auto now = std::chrono::floor<std::chrono::seconds>(mail.received_at);
        std::set<std::string> noted;
        for (const auto& address : addresses)
            if (is_own(address) && address.key() != known.account && !may_use(known, address)
                && noted.insert(address.key()).second)
                SenderPairs::here().note(known.account, address.key(), now);
    }

    Findings check(const mail::Mail& mail, const Known& known) const
    {
        note_pairs(mail, known);
        Findings found = check_authors(mail, known);
        const auto own = is_rewriting_ ? own_address(known) : std::nullopt;
        const bool is_author_wrong = std::ranges::any_of(found, [](const mail::Finding& finding) {
            return finding.name == foreign_from || finding.name == unreadable_from
                || finding.name == not_yours;
        });
        if (own && is_author_wrong)
            found = {{.name = rewritten, .detail = own->to_string()}};
        if (own && is_envelope_wrong(mail, known))
            found.push_back({.name = envelope_rewritten, .detail = own->to_string()});
        else if (!is_author_wrong && is_listed_envelope_wrong(mail, known))
            found.push_back({.name = not_yours,
                             .detail = mail.sender->to_string(),
                             .evidence = "account " + known.account});
        return found;
    }
    bool is_envelope_wrong(const mail::Mail& mail, const Known& known) const
    {
        return mail.sender && (!is_own(*mail.sender) || is_listed_envelope_wrong(mail, known));
    }
    bool is_listed_envelope_wrong(const mail::Mail& mail, const Known& known) const
    {
        return mail.sender && known.is_listed && !may_use(known, *mail.sender);
    }
    Findings check_authors(const mail::Mail& mail, const Known& known) const
    {
        Findings found;
        const auto authors = authors_of(mail);
        const auto foreign
            = std::ranges::find_if(authors, [&](const auto& author) { return !is_own(author); });
        if (foreign != authors.end()) // who forges one is told of one
            found.push_back({.name = foreign_from, .detail = foreign->domain().ascii()});
        if (is_unreadable(mail.message.header()))
            found.push_back({.name = unreadable_from});
        if (known.account.empty() || !has_rights())
            return found;
        if (!known.is_listed) {
            if (must_be_listed_)
                found.push_back({.name = unlisted, .detail = known.account});
            return found;
        }
        const auto wrong = std::ranges::find_if(
            authors, [&](const auto& author) { return !may_use(known, author); });
        if (wrong != authors.end())
            found.push_back({.name = not_yours,
                             .detail = wrong->to_string(),
                             .evidence = "account " + known.account});
        return found;
    }

    Services& services_;
    SenderRights rights_;
    SenderDirectory* directory_;
    bool is_rewriting_, must_be_listed_, is_by_approval_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Sender>(settings, services);
}
}

extern const LayerType sender{
    .name = "sender",
    .summary = "Checks that mail of outbound listeners bears addresses of the organisation and of "
               "whoever sends it.",
    .findings = {
        {.name = foreign_envelope,
         .english = "The envelope sender is not of the organisation: {}",
         .japanese = "エンベロープ送信者が組織のものではありません: {}",
         .is_spoofing = true,
         .enhanced = "1.8",
         .refusal = "send under an address of this organisation, and name others in Reply-To"},
        {.name = foreign_from,
         .english = "The author's address is not of the organisation: {}",
         .japanese = "差出人のアドレスが組織のものではありません: {}",
         .is_spoofing = true,
         .refusal = "write your own address into From, and the other one into Reply-To"},
        {.name = unreadable_from,
         .english = "The author cannot be read: no From, more than one, or one that is no address.",
         .japanese = "差出人を読み取れません。From がないか、複数あるか、アドレスの形式が不正です。",
         .is_spoofing = true,
         .refusal = "write one From with nothing but your own address in it"},
        {.name = not_yours,
         .english = "The account may not send under this address: {}",
         .japanese = "このアカウントはこのアドレスで送信できません: {}",
         .is_spoofing = true,
         .refusal = "this address is not yours: write your own into From, and this one into "
                    "Reply-To"},
        {.name = unlisted,
         .english = "Nothing says under which addresses this account may send: {}",
         .japanese = "このアカウントが使用できるアドレスが登録されていません: {}",
         .is_spoofing = true,
         .refusal = "nothing says under which addresses you may send"},
        {.name = rewritten,
         .english = "The author becomes {}; the address that stood there moves to Reply-To.",
         .japanese = "差出人を{}に書き換え、元のアドレスを Reply-To に移します。"},
        {.name = envelope_rewritten,
         .english = "The envelope sender becomes {}.",
         .japanese = "エンベロープ送信者を{}に書き換えます。"},
    },
    .settings = R"(# A file: an account on each line, and behind it what it may send as:
# addresses, @domains or *. Read at the start and on reload.
rights: ""
# Accounts of this gateway and of the directory of the pages' sign-in may use their own addresses;
# for the names by which people sign in. What the file says comes on top.
accounts: false
# An account may use its own address and those that somebody approved (`mailweir account pairs`
# lists what was seen); what file and directory say comes on top.
approval: false
# Accounts of which nothing is known are told of (sender.unlisted).
must_be_listed: false
# The author becomes the account's own address where it is known, and the one that was
# written moves to Reply-To; the same for the envelope sender. Without it, rules decide.
rewrite: false
)",
    .make = make,
};
}
