// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/client.hpp"

#include <fmt/format.h>

namespace smtp {
using mail::Reply;

namespace {
/// A clear no, after which the session goes on.
bool is_refusal(const Reply& reply)
{
    return (reply.is_transient() || reply.is_permanent()) && reply.code != 421;
}
}

/// What one `deliver` carries from step to step.
struct Client::Transaction {
    const Outgoing& outgoing;
    bool all_or_nothing;
    Deadline deadline;
    Outcome outcome = {};
    std::size_t accepted = 0; ///< recipients
    bool is_chunked = false; ///< BDAT went with the envelope
    bool was_data_piped = false; ///< DATA went with the envelope
    bool was_dot_sent = false;

    /// Until when a reply is waited for: to the data longer, where its sender has the patience.
    Deadline reply_by() const
    {
        const auto now = net::Loop::current().env().now();
        return was_dot_sent ? std::max(deadline, now + outgoing.patience) : deadline;
    }
};

Client::Client(net::Stream stream, std::shared_ptr<const Route> route, std::string server,
               std::string hostname)
    : stream_{std::move(stream)}, route_{std::move(route)}, server_{std::move(server)},
      hostname_{std::move(hostname)}
{ }

bool Client::is_quiet() const { return stream_.is_quiet(); }

/// What this server cannot take, said before anything is sent.
std::optional<Reply> Client::cannot_send(const Outgoing& outgoing) const
{
    const auto& mail = *outgoing.mail;
    const auto needs_utf8 = [](const mail::Recipient* r) { return r->address.needs_smtputf8(); };
    const bool utf8_header = mail.parameters.is_smtputf8
        && std::ranges::any_of(mail.message.header_block(), [](char c) { return (c & 0x80) != 0; });
    const bool utf8 = utf8_header || (mail.sender && mail.sender->needs_smtputf8())
        || std::ranges::any_of(outgoing.recipients, needs_utf8);
    if (utf8 && !capabilities_.smtputf8)
        return Reply{550, "5.6.7", "the next hop takes no internationalised mail (SMTPUTF8)"};
    if (mail.parameters.is_8bit && !capabilities_.eight_bit
        && route_->eight_bit == EightBit::refuse)
        return Reply{550, "5.6.3", "the next hop takes no 8-bit mail"};
    const auto size = mail.message.size() + outgoing.stamp->lines.size();
    if (capabilities_.size_limit && size > capabilities_.size_limit)
        return Reply{552, "5.3.4", "the message is too large for the next hop"};
    return std::nullopt;
}

std::string Client::mail_line(const Outgoing& outgoing) const
{
    const auto& mail = *outgoing.mail;
    const auto& sender = outgoing.signed_sender ? outgoing.signed_sender : mail.sender;
    std::string line = "MAIL FROM:<" + mail::to_string(sender) + ">";
    if (capabilities_.size)
        fmt::format_to(std::back_inserter(line), " SIZE={}",
                       mail.message.size() + outgoing.stamp->lines.size());
    if (capabilities_.eight_bit && mail.parameters.is_8bit)
        line += " BODY=8BITMIME";
    if (capabilities_.smtputf8 && mail.parameters.is_smtputf8)
        line += " SMTPUTF8";
    if (capabilities_.dsn && !mail.parameters.ret.empty())
        line += " RET=" + mail.parameters.ret;
    if (capabilities_.dsn && !mail.parameters.envid.empty())
        line += " ENVID=" + mail.parameters.envid;
    return line + "\r\n";
}

std::string Client::rcpt_line(const mail::Recipient& recipient) const
{
    std::string line = "RCPT TO:<" + recipient.address.to_string() + ">";
    if (capabilities_.dsn && !recipient.notify.empty())
        line += " NOTIFY=" + recipient.notify;
    if (capabilities_.dsn && !recipient.orcpt.empty())
        line += " ORCPT=" + recipient.orcpt;
    return line + "\r\n";
}

/// XCLIENT where it is offered: the next hop sees who really speaks. It starts the session anew.
net::awaitable<bool> Client::identify(Transaction& transaction)
{
    const auto& client = transaction.outgoing.mail->client;
    if (!capabilities_.xclient_address || identified_ == client.ip)
        co_return true;
    const auto name = client.reverse_name.empty() ? "[UNAVAILABLE]" : client.reverse_name;
    stream_.queue(fmt::format("XCLIENT NAME={} ADDR={}{}\r\n", name,
                              client.ip.is_v4() ? "" : "IPV6:", client.ip.to_string()));
    transaction.outcome.stage = Outcome::Stage::hello;
    Reply reply = co_await read_reply(transaction.deadline);
    if (reply.code == 220) {
        const std::optional<Reply> problem = co_await ehlo(transaction.deadline);
        if (!problem) {
            identified_ = client.ip;
            co_return true;
        }
        reply = *problem;
    }
    // Whatever the class or the success: the server is at odds with itself, not with this mail.
    transaction.outcome.reply = {451, "4.4.0", "XCLIENT failed: " + reply.text};
    co_return false;
}

net::awaitable<Outcome> Client::deliver(const Outgoing& outgoing, bool all_or_nothing,
                                        Deadline deadline)
{
    Transaction transaction{outgoing, all_or_nothing, deadline};
    auto& outcome = transaction.outcome;
    outcome.server = server_;
    outcome.stage = Outcome::Stage::mail;
    if (auto problem = cannot_send(outgoing)) {
        outcome.reply = std::move(*problem);
        outcome.is_reusable = true;
        co_return outcome;
    }
    try {
        co_await run(transaction);
        if (!outcome.is_delivered && outcome.reply.is_positive())
            outcome.reply = {451, "4.5.0", "an answer out of place: " + outcome.reply.text};
    } catch (const std::exception& error) {
        outcome.has_failed = true;
        outcome.is_in_doubt = transaction.was_dot_sent;
        outcome.is_over_time
            = outcome.is_in_doubt && dynamic_cast<const net::TimedOut*>(&error) != nullptr;
        outcome.reply = {451, "4.4.2", fmt::format("{}: {}", server_, error.what())};
        outcome.is_reusable = false;
    }
    co_return outcome;
}

net::awaitable<void> Client::run(Transaction& transaction)
{
    const bool is_identified = co_await identify(transaction);
    if (!is_identified)
        co_return;
    const auto& outgoing = transaction.outgoing;
    const bool is_single = outgoing.recipients.size() == 1;
    transaction.outcome.stage = Outcome::Stage::mail;
    envelope_owed_ = capabilities_.pipelining ? 1 + outgoing.recipients.size() : 0;
    stream_.queue(mail_line(outgoing));
    if (!capabilities_.pipelining) {
        transaction.outcome.reply = co_await read_reply(transaction.deadline);
        if (!transaction.outcome.reply.is_positive())
            co_return co_await reset(transaction);
    }
    for (const auto* recipient : outgoing.recipients) {
        stream_.queue(rcpt_line(*recipient));
        if (!capabilities_.pipelining)
            transaction.outcome.recipients.push_back(co_await read_reply(transaction.deadline));
    }
    if (capabilities_.pipelining && is_single && capabilities_.chunking) {
        co_await send_chunk(transaction);
    } else if (capabilities_.pipelining && is_single) {
        stream_.queue("DATA\r\n");
        transaction.was_data_piped = true;
    }
    const bool may_send = co_await envelope_replies(transaction);
    if (!may_send)
        co_return co_await reset(transaction);
    if (!transaction.is_chunked)
        co_await send_data(transaction);
    if (transaction.was_dot_sent)
        co_await final_replies(transaction);
}

/// Reads what MAIL and RCPT got. True when the data may go (or went, with BDAT).
net::awaitable<bool> Client::envelope_replies(Transaction& transaction)
{
    auto& outcome = transaction.outcome;
    if (capabilities_.pipelining) {
        outcome.reply = co_await read_reply(transaction.reply_by());
        --envelope_owed_;
        if (!outcome.reply.is_positive())
            co_return false;
        for (; envelope_owed_ > 0; --envelope_owed_)
            outcome.recipients.push_back(co_await read_reply(transaction.reply_by()));
    }
    outcome.stage = Outcome::Stage::rcpt;
    for (const Reply& reply : outcome.recipients) {
        transaction.accepted += reply.is_positive();
        if (!reply.is_positive())
            outcome.reply = reply;
    }
    const bool is_short = transaction.accepted < outcome.recipients.size();
    co_return transaction.accepted > 0 && !(is_short && transaction.all_or_nothing);
}

net::awaitable<void> Client::send_data(Transaction& transaction)
{
    auto& outcome = transaction.outcome;
    outcome.stage = Outcome::Stage::data;
    if (!transaction.was_data_piped)
        stream_.queue("DATA\r\n");
    outcome.reply = co_await read_reply(transaction.deadline);
    if (outcome.reply.code != 354) {
        outcome.is_reusable = is_refusal(outcome.reply);
        if (outcome.reply.is_positive())
            outcome.reply
                = {451, "4.5.0", "the server answered DATA with a success: " + outcome.reply.text};
        co_return;
    }
    mail::Rendering rendering{transaction.outgoing.mail->message, *transaction.outgoing.stamp,
                              mail::Dots::stuffed};
    outcome.stage = Outcome::Stage::dot;
    co_await send_pieces(transaction, rendering, ".\r\n");
    transaction.was_dot_sent = true;
}

/// The whole transaction in one write (house §14.2).
net::awaitable<void> Client::send_chunk(Transaction& transaction)
{
    mail::Rendering rendering{transaction.outgoing.mail->message, *transaction.outgoing.stamp,
                              mail::Dots::plain};
    stream_.queue(fmt::format("BDAT {} LAST\r\n", rendering.size()));
    transaction.is_chunked = true;
    co_await send_pieces(transaction, rendering, {});
    transaction.was_dot_sent = true;
}

/// Sends a rendering and, in the write that completes it, `last`: the dot leaves only with all
/// before it.
net::awaitable<void> Client::send_pieces(const Transaction& transaction, mail::Rendering& rendering,
                                         std::string_view last)
{
    constexpr milliseconds longest_write = std::chrono::minutes{3};
    std::array<std::string_view, 65> pieces;
    std::array<std::string_view, 64> batch{};
    std::size_t left = rendering.size();
    do {
        std::size_t count = rendering.next(batch);
        for (std::size_t i = 0; i < count; ++i) {
            pieces[i] = batch[i];
            left -= batch[i].size();
        }
        if (left == 0 && !last.empty())
            pieces[count++] = last;
        const auto time_left = std::chrono::duration_cast<milliseconds>(
            transaction.deadline - net::Loop::current().env().now());
        stream_.expires_after(std::max(
            {time_left, std::min(longest_write, transaction.outgoing.patience), milliseconds{1}}));
        co_await stream_.write(std::span{pieces}.first(count));
    } while (left > 0);
}

/// The reply to the end of the data; LMTP has one for each recipient that RCPT took (RFC 2033
/// §4.2). Until it came, none of them counts as delivered.
net::awaitable<void> Client::final_replies(Transaction& transaction)
{
    auto& outcome = transaction.outcome;
    outcome.stage = Outcome::Stage::dot;
    std::vector<Reply*> awaited;
    for (Reply& reply : outcome.recipients) {
        if (!reply.is_positive())
            continue;
        reply = {451, "4.4.2", "no reply to the end of the data"};
        awaited.push_back(&reply);
    }
    const bool is_lmtp = route_->protocol == Protocol::lmtp;
    for (Reply* reply : awaited) {
        if (is_lmtp || reply == awaited.front())
            outcome.reply = co_await read_reply(transaction.reply_by());
        *reply = outcome.reply;
        outcome.is_delivered |= outcome.reply.is_positive();
    }
    outcome.is_reusable = outcome.reply.is_positive() || is_refusal(outcome.reply);
}

/// After a refusal: makes the connection fit for the next mail, or leaves it to be closed. The
/// refusal stands, however this goes: no recipient was taken, so no data can have been.
net::awaitable<void> Client::reset(Transaction& transaction)
{
    transaction.was_dot_sent = false;
    if (transaction.outcome.reply.code == 421)
        co_return;
    try {
        co_await read_over_refused(transaction);
    } catch (const net::TimedOut&) {
        transaction.outcome.has_failed = true;
    } catch (const net::ConnectionLost&) {
        // Many servers close behind a refusal.
    }
}

net::awaitable<void> Client::read_over_refused(Transaction& transaction)
{
    auto& outcome = transaction.outcome;
    for (; envelope_owed_ > 0; --envelope_owed_)
        co_await read_reply(transaction.deadline);
    if (transaction.is_chunked) {
        const Reply reply = co_await read_reply(transaction.deadline);
        if (reply.is_positive())
            co_return; // data taken without a recipient: do not trust it further
    } else if (transaction.was_data_piped) {
        const Reply reply = co_await read_reply(transaction.deadline);
        if (!reply.is_permanent() && !reply.is_transient())
            co_return; // an unwanted 354: close without a dot (promise §1)
    }
    stream_.queue("RSET\r\n");
    const Reply reply = co_await read_reply(transaction.deadline);
    outcome.is_reusable = reply.is_positive();
}

net::awaitable<Reply> Client::late_reply(Deadline deadline)
{
    Reply reply;
    std::optional<Reply> refusal;
    try {
        // With BDAT the envelope's replies may be late too; what one of them refused, was not
        // taken.
        for (; envelope_owed_ > 0; --envelope_owed_) {
            reply = co_await read_reply(deadline);
            if (!reply.is_positive() && !refusal)
                refusal = reply;
        }
        reply = co_await read_reply(deadline);
        if (refusal)
            reply = *refusal;
    } catch (const std::exception& error) {
        reply = {451, "4.4.2", error.what()};
    }
    co_return reply;
}

net::awaitable<Reply> Client::verify(const mail::Mailbox& address, Deadline deadline)
{
    Reply failure;
    try {
        const bool is_utf8 = address.needs_smtputf8();
        if (is_utf8 && !capabilities_.smtputf8)
            co_return Reply{550, "5.6.7", "the next hop takes no internationalised addresses"};
        const std::array<std::string, 3> lines{
            is_utf8 ? "MAIL FROM:<> SMTPUTF8\r\n" : "MAIL FROM:<>\r\n",
            "RCPT TO:<" + address.to_string() + ">\r\n", "RSET\r\n"};
        std::vector<Reply> replies;
        for (const auto& line : lines) {
            stream_.queue(line);
            if (!capabilities_.pipelining)
                replies.push_back(co_await read_reply(deadline));
        }
        while (replies.size() < lines.size())
            replies.push_back(co_await read_reply(deadline));
        if (replies[0].code == 421)
            co_return replies[0];
        if (!replies[0].is_positive())
            co_return Reply{451, "4.4.0", "the next hop refused MAIL FROM:<>: " + replies[0].text};
        co_return replies[1];
    } catch (const std::exception& error) {
        failure = {451, "4.4.2", error.what()};
    }
    co_return failure;
}

net::awaitable<void> Client::quit()
{
    try {
        stream_.expires_after(std::chrono::seconds{2});
        stream_.queue("QUIT\r\n");
        co_await stream_.flush();
    } catch (const std::exception&) {
        // The peer is gone, which is what quit is for.
    }
    stream_.close();
}
}
