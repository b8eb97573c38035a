// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/bounce.hpp"

#include "gateway/mail/trace.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace smtp {
namespace {
constexpr std::size_t most_in_one = 1000, most_in_text = 50;
constexpr std::size_t largest = 1U << 20; // of what programs read

/// "5.1.1" out of "mail1:25: 550 5.1.1 no such user", else the general failure.
std::string status_of(const storage::Row& row)
{
    const auto& reply = row.last_reply;
    if (row.reason == "delivery.expired")
        return "5.4.7"; // RFC 3463 §3.5; what the last attempt heard stands beside it
    for (std::size_t at = 0; at + 4 < reply.size(); ++at) {
        const bool starts
            = (at == 0 || reply[at - 1] == ' ') && reply[at] == '5' && reply[at + 1] == '.';
        if (!starts)
            continue;
        const auto end = std::min(reply.find_first_not_of("0123456789.", at), reply.size());
        if (std::ranges::count(reply.substr(at, end - at), '.') == 2)
            return reply.substr(at, end - at);
    }
    return "5.0.0";
}

/// What programs read of one recipient (RFC 3464 §2.3).
std::string group_of(const storage::Row& row)
{
    return fmt::format("{0}Final-Recipient: rfc822; {1}\r\nAction: failed\r\nStatus: {2}\r\n"
                       "Diagnostic-Code: smtp; {3}\r\n\r\n",
                       row.orcpt.empty() ? "" : "Original-Recipient: " + row.orcpt + "\r\n",
                       row.address, status_of(row), row.last_reply);
}

/// What people read.
std::string text_for(std::span<const storage::Row> rows)
{
    const auto& first = rows.front();
    if (rows.size() == 1)
        return fmt::format("Your message could not be delivered to <{}>.\r\n\r\n"
                           "The answer was:\r\n  {}\r\n\r\nIts id here is {}.\r\n\r\n",
                           first.address, first.last_reply, first.id.to_string());
    auto text = fmt::format("Your message could not be delivered to {} recipients.\r\n\r\n"
                            "The answers were:\r\n",
                            rows.size());
    for (const auto& row : rows.first(std::min(rows.size(), most_in_text)))
        text += fmt::format("  <{}>: {}\r\n", row.address, row.last_reply);
    if (rows.size() > most_in_text)
        text += fmt::format("and {} more, all of which the report below names.\r\n",
                            rows.size() - most_in_text);
    return text + fmt::format("\r\nIts id here is {}.\r\n\r\n", first.id.mail.to_string());
}
}

bool may_bounce(const storage::Row& row)
{
    std::string notify = row.notify; // kept as the sender wrote it
    std::ranges::transform(notify, notify.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return row.direction == mail::Direction::outbound && row.sender
        && (notify.empty() || notify.find("FAILURE") != std::string::npos);
}

std::size_t named_in_one_bounce(std::span<const storage::Row> rows)
{
    std::size_t count = 0, size = 0;
    while (count < std::min(rows.size(), most_in_one)) {
        size += group_of(rows[count]).size();
        if (count > 0 && size > largest)
            break;
        ++count;
    }
    return count;
}

mail::Mail make_bounce(std::span<const storage::Row> rows, std::string_view header,
                       const std::string& hostname, mail::MailId id,
                       std::chrono::system_clock::time_point now)
{
    const auto& first = rows.front();
    const std::string boundary = "=_" + id.to_string();
    std::string text = fmt::format(
        "From: Mail Delivery System <MAILER-DAEMON@{0}>\r\nTo: <{1}>\r\n"
        "Subject: Undelivered mail: {2}\r\nDate: {3}\r\nMessage-ID: <{4}@{0}>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{5}\""
        "\r\n\r\n",
        hostname, mail::to_string(first.sender),
        rows.size() == 1 ? first.address : fmt::format("{} recipients", rows.size()),
        mail::date_rfc5322(now), id.to_string(), boundary);
    text += fmt::format("--{0}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{1}", boundary,
                        text_for(rows));
    text += fmt::format("--{0}\r\nContent-Type: message/delivery-status\r\n\r\n"
                        "Reporting-MTA: dns; {1}\r\nArrival-Date: {2}\r\n{3}\r\n",
                        boundary, hostname, mail::date_rfc5322(first.received_at),
                        first.parameters.envid.empty()
                            ? ""
                            : "Original-Envelope-Id: " + first.parameters.envid + "\r\n");
    for (const auto& row : rows)
        text += group_of(row);
    text += fmt::format("--{0}\r\nContent-Type: text/rfc822-headers\r\n\r\n{1}\r\n--{0}--\r\n",
                        boundary, header);
    mail::Mail bounce;
    bounce.id = id;
    bounce.received_at = now;
    bounce.direction = mail::Direction::inbound;
    bounce.parameters.is_8bit = true;
    bounce.message = mail::Message::from_text(text);
    bounce.recipients.push_back({.address = *first.sender});
    return bounce;
}
}
