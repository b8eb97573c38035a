// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "filters/list_file.hpp"
#include "filters/sender_rights.hpp"
#include "filters/services.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view foreign_envelope = "sender.foreign_envelope";
constexpr std::string_view foreign_from = "sender.foreign_from";
constexpr std::string_view not_yours = "sender.not_yours";
constexpr std::string_view unlisted = "sender.unlisted";
constexpr std::size_t longest_account = 255;

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

/// Whether what leaves bears a name of the organisation, and of whoever sends it (features O2).
class Sender final : public Layer {
public:
    Sender(const Settings& settings, Services& services)
        : services_{services}, rights_{read_rights(settings)},
          account_header_{settings.text("account_header")},
          is_envelope_account_{settings.boolean("envelope_is_account")},
          must_be_listed_{settings.boolean("must_be_listed")}
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
        Findings found;
        const auto authors = authors_of(mail);
        for (const auto& author : authors)
            if (!is_own(author)) {
                found.push_back({.name = foreign_from, .detail = author.domain().ascii()});
                break; // who forges one is told of one
            }
        if (rights_.size() > 0)
            check_rights(mail, authors, found);
        return found;
    }

private:
    bool is_own(const mail::Mailbox& address) const
    {
        return services_.is_own_domain && services_.is_own_domain(address.domain());
    }
    static std::vector<mail::Mailbox> authors_of(const mail::Mail& mail)
    {
        std::vector<mail::Mailbox> authors;
        for (const auto& field : mail.message.header().fields())
            if (field.is("From") || field.is("Sender"))
                for (auto& entry : mail::parse_address_list(field.value).entries)
                    authors.push_back(std::move(entry.mailbox));
        return authors;
    }
    /// Who sends: by sign-in, else by the field that a listed server writes, else by the envelope.
    std::string account_of(const mail::Mail& mail) const
    {
        for (const auto& finding : mail.findings)
            if (finding.name == "auth.account")
                return finding.detail;
        if (!account_header_.empty())
            if (const auto* field = mail.message.header().find(account_header_))
                return mail::unfold(field->value).substr(0, longest_account);
        return is_envelope_account_ ? mail::to_string(mail.sender) : std::string{};
    }
    void check_rights(const mail::Mail& mail, const std::vector<mail::Mailbox>& authors,
                      Findings& found) const
    {
        const auto account = account_of(mail);
        if (account.empty())
            return;
        if (!rights_.knows(account)) {
            if (must_be_listed_)
                found.push_back({.name = unlisted, .detail = account});
            return;
        }
        const auto is_foreign
            = [&](const mail::Mailbox& address) { return !rights_.may_use(account, address); };
        auto wrong = std::ranges::find_if(authors, is_foreign);
        const bool is_envelope = wrong == authors.end() && mail.sender && is_foreign(*mail.sender);
        if (wrong == authors.end() && !is_envelope)
            return;
        found.push_back({.name = not_yours,
                         .detail = is_envelope ? mail.sender->to_string() : wrong->to_string(),
                         .evidence = "account " + account});
    }

    Services& services_;
    SenderRights rights_;
    std::string account_header_;
    bool is_envelope_account_, must_be_listed_;
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
    },
    .settings = R"(# A file: an account on each line, and behind it what it may send as:
# addresses, @domains or *. Read at the start and on reload.
rights: ""
# Accounts that the file does not name are told of (sender.unlisted).
must_be_listed: false
# A header field in which your own mail server writes the account, such as
# X-Authenticated-User; for outbound listeners whose clients are such servers.
account_header: ""
# Without sign-in and field the envelope sender is the account.
envelope_is_account: true
)",
    .make = make,
};
}
