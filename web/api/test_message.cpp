// SPDX-License-Identifier: Apache-2.0
#include "web/api/test_message.hpp"

#include "gateway/mail/ip.hpp"
#include "gateway/net/env.hpp"
#include "gateway/net/stream.hpp"
#include "web/api/trace_query.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace web {
using namespace std::chrono_literals;

namespace {
constexpr auto connect_limit = 5s, reply_limit = 60s;
constexpr std::size_t longest_line = 1000;

/// A listener on all addresses is reached by loopback.
net::Endpoint reachable(net::Endpoint endpoint)
{
    const mail::Ip ip{endpoint.bytes};
    const bool is_v4 = ip.is_v4();
    if (ip == *mail::Ip::parse(is_v4 ? "0.0.0.0" : "::"))
        endpoint.bytes = mail::Ip::parse(is_v4 ? "127.0.0.1" : "::1")->bytes();
    return endpoint;
}

/// The last line of a reply.
awaitable<std::string> reply_to(net::Stream& stream, std::string command)
{
    stream.expires_after(reply_limit);
    if (!command.empty())
        stream.queue(command + "\r\n");
    for (;;) {
        const auto line = co_await stream.read_line(longest_line);
        if (line.text.size() < 4 || line.text[3] != '-')
            co_return std::string{line.text};
    }
}

/// A client's name for itself that nobody can take for a forged one: its address. Who connects to
/// an address of the own machine comes from that very address.
std::string greeting_to(const net::Endpoint& endpoint)
{
    const mail::Ip ip{endpoint.bytes};
    return fmt::format("EHLO [{}{}]", ip.is_v4() ? "" : "IPv6:", ip.to_string());
}

std::string text_of(smtp::Context& context, const std::string& hostname, const std::string& to)
{
    const auto now = std::chrono::floor<std::chrono::seconds>(context.env->wall_now());
    const auto seconds = now.time_since_epoch().count();
    return fmt::format(
        "From: Mailweir <postmaster@{}>\r\nTo: {}\r\nSubject: Mailweir test message\r\n"
        "Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\n"
        "Message-ID: <test-{}@{}>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        "This message came through the mail gateway {}.\r\n.",
        hostname, to, fmt::gmtime(seconds), seconds, hostname, hostname);
}
}

awaitable<TestMessage> send_test_message(smtp::Context& context, std::string address,
                                         mail::Mailbox to)
{
    TestMessage sent;
    const auto endpoint = net::parse_endpoint(address);
    if (!endpoint)
        co_return sent;
    try {
        const auto server = reachable(*endpoint);
        auto stream = co_await net::Stream::connect(server, connect_limit);
        const std::string hostname = context.snapshot()->settings.hostname;
        const std::string recipient = to.to_string();
        const std::vector<std::string> dialogue{"",
                                                greeting_to(server),
                                                "MAIL FROM:<>",
                                                "RCPT TO:<" + recipient + ">",
                                                "DATA",
                                                text_of(context, hostname, recipient)};
        for (const auto& command : dialogue) {
            sent.reply = co_await reply_to(stream, command);
            const bool goes_on
                = command == "DATA" ? sent.reply.starts_with('3') : sent.reply.starts_with('2');
            if (!goes_on)
                co_return sent;
        }
        sent.is_accepted = true;
        const auto ids = parse_trace_query(sent.reply, context.env->wall_now()).ids;
        if (!ids.empty())
            sent.id = ids.front().to_string();
        stream.queue("QUIT\r\n");
        stream.close();
    } catch (const std::exception& error) {
        sent.reply = error.what();
    }
    co_return sent;
}
}
