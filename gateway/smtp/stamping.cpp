// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/stamping.hpp"

#include "filters/auth/mail_results.hpp"
#include "filters/content/verdict_fields.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/tag.hpp"
#include "gateway/mail/trace.hpp"

#include <fmt/format.h>

namespace smtp {
namespace content = filters::content;

namespace {
bool is_from_upstream(const mail::Mail& mail)
{
    return std::ranges::any_of(mail.findings, [](const mail::Finding& finding) {
        return finding.name.starts_with("upstream.");
    });
}

/// One asterisk a point, as mail programs' filters read it.
std::string level(double score)
{
    return std::string(static_cast<std::size_t>(std::clamp(score, 0.0, 50.0)), '*');
}

/// The author's address as the layer `sender` wants it; "": as it stands.
std::string_view author_in_stead(const mail::Mail& mail)
{
    const auto found = std::ranges::find(mail.findings, "sender.rewritten", &mail::Finding::name);
    return mail.direction == mail::Direction::outbound && found != mail.findings.end()
        ? std::string_view{found->detail}
        : std::string_view{};
}

/// A name before an address (RFC 5322 §3.2.5): quoted, or in encoded words.
std::string phrase_of(std::string_view name, std::size_t column)
{
    const bool is_ascii
        = std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!is_ascii)
        return mail::encode_words(name, column);
    std::string quoted{'"'};
    for (const char c : name.substr(0, 200)) {
        if (c < ' ' || c == 0x7f)
            continue;
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

bool names_author(const mail::Field& field)
{
    return field.is("From") || field.is("Sender") || field.is("Resent-From")
        || field.is("Resent-Sender");
}

/// The account's own address under the name that was written; answers still go where they were
/// meant to.
void put_author(mail::Stamp& stamp, const mail::Header& header, std::string_view address)
{
    const auto* from = header.find("From");
    const auto entries = from ? mail::parse_address_list(from->value).entries
                              : decltype(mail::AddressList::entries){};
    const auto name = entries.empty() ? std::string{} : entries.front().display_name;
    constexpr std::string_view field = "From: ";
    stamp.lines += field;
    if (!name.empty())
        stamp.lines += phrase_of(name, field.size()) + "\r\n ";
    fmt::format_to(std::back_inserter(stamp.lines), "<{}>\r\n", address);
    if (from && !header.find("Reply-To"))
        fmt::format_to(std::back_inserter(stamp.lines), "Reply-To:{}\r\n", from->value);
}
}

mail::Stamp make_stamp(const mail::Mail& mail, const mail::Verdict& verdict,
                       std::string_view tag_subject, std::string_view hostname,
                       std::string_view account_field)
{
    mail::Stamp stamp;
    const std::string id = mail.id.to_string();
    const bool is_spam
        = verdict.action == mail::Action::tag || verdict.action == mail::Action::quarantine;
    const auto results = filters::auth::results_of(mail, std::string{hostname});
    if (!results.methods.empty())
        stamp.lines = results.field();
    stamp.lines += mail::received_line(mail, hostname, id);
    auto out = std::back_inserter(stamp.lines);
    fmt::format_to(out, "X-Mailweir-Verdict: {} score={:.1f} id={}\r\n",
                   mail::to_string(verdict.action), verdict.score, id);
    fmt::format_to(out, "X-Spam-Flag: {}\r\nX-Spam-Status: {}, score={:.1f}\r\n",
                   is_spam ? "YES" : "NO", is_spam ? "Yes" : "No", verdict.score);
    if (verdict.score >= 1)
        fmt::format_to(out, "X-Spam-Level: {}\r\n", level(verdict.score));
    const bool keeps_foreign = is_from_upstream(mail);
    const auto& header = mail.message.header();
    const auto author = author_in_stead(mail);
    if (!author.empty())
        put_author(stamp, header, author);
    bool has_tagged = false;
    for (const auto& field : header.fields()) {
        if ((!keeps_foreign && content::is_verdict_field(field.name))
            || filters::auth::claims_to_be(field, hostname)
            || (!account_field.empty() && field.is(account_field))) {
            mail::leave_out(stamp, field);
        } else if (!author.empty() && names_author(field)) {
            mail::leave_out(stamp, field);
        } else if (verdict.action == mail::Action::tag && field.is("Subject")) {
            if (!has_tagged)
                stamp.lines += mail::tagged_subject(field.value, tag_subject);
            has_tagged = true;
            mail::leave_out(stamp, field);
        }
    }
    if (verdict.action == mail::Action::tag && !has_tagged)
        stamp.lines += mail::tagged_subject("", tag_subject);
    return stamp;
}

namespace {
/// Without the tag of any policy, decoded.
std::string untagged(std::string_view subject, const filters::PolicySet& policies)
{
    const auto text = mail::decode_words(mail::unfold(subject));
    std::string_view rest = mail::trimmed(text);
    const auto strip = [&](std::string_view tag_subject) {
        const auto tag = mail::trimmed(tag_subject);
        if (rest.starts_with(tag))
            rest = mail::trimmed(rest.substr(tag.size()));
    };
    strip(policies.standard.tag_subject);
    for (const auto& [domain, policy] : policies.domains)
        strip(policy.tag_subject);
    return std::string{rest};
}
}

std::string as_received(std::string text, const filters::PolicySet& policies)
{
    const auto message = mail::Message::from_text(text);
    const auto& fields = message.header().fields();
    auto field = std::ranges::find_if(
        fields, [](const mail::Field& one) { return one.is("X-Mailweir-Verdict"); });
    if (field == fields.end())
        return text;
    std::size_t begin = 0;
    for (; field != fields.end() && content::is_verdict_field(field->name); ++field)
        begin = field->offset + field->length;
    std::string subject;
    if (field != fields.end() && field->is("Subject")) {
        subject = "Subject: " + untagged(field->value, policies) + "\r\n";
        begin = field->offset + field->length;
    }
    return text.replace(0, begin, subject);
}
}
