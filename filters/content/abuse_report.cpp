// SPDX-License-Identifier: Apache-2.0
#include "filters/content/abuse_report.hpp"

#include "filters/content/report_octets.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/header.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/mail/line_ends.hpp"

namespace filters::content {
namespace {
constexpr std::size_t longest_header = 256 * 1024;

std::string value_of(const mail::Header& header, std::string_view name)
{
    const auto* field = header.find(name);
    return field ? plain_line(mail::unfold(field->value)) : std::string{};
}

/// "<ann@a.example>" or "ann@a.example" as a mailbox's key; "" for what is none.
std::string mailbox_in(std::string_view text)
{
    if (text.starts_with('<') && text.ends_with('>'))
        text = text.substr(1, text.size() - 2);
    const auto mailbox = mail::Mailbox::parse(text);
    return mailbox ? mailbox->key() : std::string{};
}

std::string author_in(const mail::Header& header)
{
    const auto* from = header.find("From");
    const auto list = from ? mail::parse_address_list(from->value) : mail::AddressList{};
    return list.entries.empty() ? std::string{} : list.entries.front().mailbox.key();
}
}

ReceivedReport read_abuse_report(std::string_view fields, std::string_view original)
{
    const auto said_text = mail::with_crlf(fields.substr(0, longest_header));
    const auto about_text = mail::with_crlf(original.substr(0, longest_header));
    const auto said = mail::Header::parse(said_text), about = mail::Header::parse(about_text);
    ReceivedReport report{.kind = ReceivedReport::Kind::abuse};
    report.type = value_of(said, "Feedback-Type").substr(0, 40);
    report.organization = value_of(said, "User-Agent");
    if (const auto ip = mail::Ip::parse(value_of(said, "Source-IP")))
        report.source = ip->to_string();
    report.sender = mailbox_in(value_of(said, "Original-Mail-From"));
    if (const auto author = author_in(about); !author.empty())
        report.sender = author; // who forwards has another envelope
    report.recipient = mailbox_in(value_of(said, "Original-Rcpt-To"));
    auto id = value_of(about, "Message-ID");
    if (id.starts_with('<') && id.ends_with('>'))
        id = id.substr(1, id.size() - 2);
    report.message_id = std::move(id);
    if (report.type.empty())
        report.error = "it does not say what it is about";
    else if (report.sender.empty() && report.message_id.empty())
        report.error = "it does not say which mail it is about";
    return report;
}
}
