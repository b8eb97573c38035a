// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/own_mail.hpp"

#include "filters/auth/tag_list.hpp"
#include "gateway/mail/trace.hpp"
#include "gateway/smtp/delivery.hpp"
#include "gateway/smtp/signing.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace smtp {
namespace {
std::string with_crlf(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 40);
    for (const char c : text)
        if (c == '\n')
            out += "\r\n";
        else if (c != '\r')
            out += c;
    return out;
}

/// The header of a part and its text in base64: no line is too long, none begins with a dot.
std::string part(std::string_view type, std::string_view text)
{
    constexpr std::size_t octets_a_line = 57; // 76 of base64
    const auto whole = with_crlf(text);
    auto out = fmt::format("Content-Type: {}; charset=utf-8\r\n"
                           "Content-Transfer-Encoding: base64\r\n\r\n",
                           type);
    for (std::string_view rest = whole; !rest.empty();) {
        const auto line = rest.substr(0, octets_a_line);
        out += filters::auth::encode_base64(line) + "\r\n";
        rest.remove_prefix(line.size());
    }
    return out;
}

bool is_field(std::string_view line)
{
    constexpr std::size_t longest = 990;
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    return line.size() < longest && line.find(": ") < line.find(' ')
        && std::ranges::all_of(line, is_printable);
}
}

mail::Mail compose_own(const OwnMail& own, const std::string& hostname, mail::MailId id,
                       std::chrono::system_clock::time_point now)
{
    constexpr std::string_view subject = "Subject: ";
    const auto from = own.from ? own.from->to_string() : "mailweir@" + hostname;
    auto text = fmt::format("From: Mailweir <{6}>\r\nTo: <{1}>\r\n{2}{3}\r\nDate: {4}\r\n"
                            "Message-ID: <{5}@{0}>\r\nAuto-Submitted: auto-generated\r\n"
                            "MIME-Version: 1.0\r\n",
                            hostname, own.to.to_string(), subject,
                            mail::encode_words(own.subject, subject.size()),
                            mail::date_rfc5322(now), id.to_string(), from);
    for (const auto& line : own.headers)
        if (is_field(line))
            text += line + "\r\n";
    if (own.html.empty()) {
        text += part("text/plain", own.text);
    } else {
        const auto boundary = "=_" + id.to_string(); // base64 has no underscore
        text += fmt::format("Content-Type: multipart/alternative; boundary=\"{0}\"\r\n\r\n"
                            "--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n",
                            boundary, part("text/plain", own.text), part("text/html", own.html));
    }
    mail::Mail made;
    made.id = id;
    made.received_at = now;
    made.direction = mail::Direction::outbound;
    made.sender = own.from;
    made.parameters.is_smtputf8
        = own.to.needs_smtputf8() || (own.from && own.from->needs_smtputf8());
    made.message = mail::Message::from_text(text);
    made.recipients.push_back({.address = own.to});
    return made;
}

net::awaitable<std::expected<mail::MailId, std::string>> submit_own(Context& context, OwnMail own)
{
    const auto snapshot = context.snapshot();
    if (!route_of(snapshot->settings, own.to))
        co_return std::unexpected{"no route to " + own.to.domain().ascii() + " is configured"};
    const auto now = context.env->wall_now();
    const auto mail = compose_own(own, snapshot->settings.hostname, context.ids->next(now), now);
    std::vector<storage::NewRow> rows;
    rows.push_back({.address = own.to, .next_attempt = now});
    try {
        if (is_signed(*snapshot, mail)) {
            std::vector<mail::Stamp*> stamps{&rows.front().stamp};
            co_await sign(context, *snapshot, mail, std::move(stamps));
        }
        const auto commit = co_await context.store->commit(mail, std::move(rows), own.once);
        if (commit != storage::Commit::done)
            co_return std::unexpected{std::string{
                commit == storage::Commit::full ? "the queue is full" : "the store is stopped"}};
    } catch (const std::exception& error) {
        co_return std::unexpected{std::string{error.what()}};
    }
    if (context.wake_queue)
        context.wake_queue();
    spdlog::info("own mail id={} kind={} to={}", mail.id.to_string(), own.kind, own.to.to_string());
    co_return mail.id;
}
}
