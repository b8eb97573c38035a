// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/bounce.hpp"

#include "gateway/mail/trace.hpp"

#include <fmt/format.h>

namespace smtp {
namespace {
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

mail::Mail make_bounce(const storage::Row& row, const mail::Message& original,
                       const std::string& hostname, mail::MailId id,
                       std::chrono::system_clock::time_point now)
{
    const std::string boundary = "=_" + id.to_string();
    std::string text
        = fmt::format("From: Mail Delivery System <MAILER-DAEMON@{0}>\r\nTo: <{1}>\r\n"
                      "Subject: Undelivered mail: {2}\r\nDate: {3}\r\nMessage-ID: <{4}@{0}>\r\n"
                      "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
                      "Content-Type: multipart/report; "
                      "report-type=delivery-status;\r\n\tboundary=\"{5}\"\r\n\r\n",
                      hostname, mail::to_string(row.sender), row.address, mail::date_rfc5322(now),
                      id.to_string(), boundary);
    fmt::format_to(
        std::back_inserter(text),
        "--{0}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "Your message could not be delivered to <{1}>.\r\n\r\nThe answer was:\r\n  {2}\r\n\r\n"
        "Its id here is {3}.\r\n\r\n",
        boundary, row.address, row.last_reply, row.id.to_string());
    fmt::format_to(std::back_inserter(text),
                   "--{0}\r\nContent-Type: message/delivery-status\r\n\r\n"
                   "Reporting-MTA: dns; {1}\r\nArrival-Date: {2}\r\n{3}\r\n"
                   "{4}Final-Recipient: rfc822; {5}\r\nAction: failed\r\nStatus: {6}\r\n"
                   "Diagnostic-Code: smtp; {7}\r\n\r\n",
                   boundary, hostname, mail::date_rfc5322(row.received_at),
                   row.parameters.envid.empty()
                       ? ""
                       : "Original-Envelope-Id: " + row.parameters.envid + "\r\n",
                   row.orcpt.empty() ? "" : "Original-Recipient: " + row.orcpt + "\r\n",
                   row.address, status_of(row), row.last_reply);
    fmt::format_to(std::back_inserter(text),
                   "--{0}\r\nContent-Type: text/rfc822-headers\r\n\r\n{1}\r\n--{0}--\r\n", boundary,
                   original.header_block());
    mail::Mail bounce;
    bounce.id = id;
    bounce.received_at = now;
    bounce.direction = mail::Direction::inbound;
    bounce.parameters.is_8bit = true;
    bounce.message = mail::Message::from_text(text);
    bounce.recipients.push_back({.address = *row.sender});
    return bounce;
}
}
