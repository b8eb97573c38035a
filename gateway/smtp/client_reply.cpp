// SPDX-License-Identifier: Apache-2.0
// What a server says: reply lines, capabilities.
#include "gateway/mail/ascii.hpp"
#include "gateway/smtp/client.hpp"

#include <charconv>

namespace smtp {
namespace {
constexpr std::size_t kept_lines = 32;
constexpr std::size_t line_limit = 4096;

struct ReplyLine {
    int code = 0; ///< 0: no reply line
    bool is_last = true;
    std::string_view text;
};

ReplyLine parse_reply_line(std::string_view line)
{
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), is_digit))
        return {};
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-')
        return {};
    ReplyLine result{.code = 0, .is_last = line.size() == 3 || line[3] == ' ', .text = {}};
    std::from_chars(line.data(), line.data() + 3, result.code);
    if (result.code < 200 || result.code > 599)
        return {};
    result.text = line.substr(std::min<std::size_t>(4, line.size()));
    return result;
}
}

Capabilities parse_capabilities(const std::vector<std::string>& lines)
{
    Capabilities found;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::string_view line = lines[i];
        const auto space = std::min(line.find(' '), line.size());
        const auto word = line.substr(0, space);
        const auto rest = line.substr(std::min(space + 1, line.size()));
        found.pipelining |= mail::equals_ignoring_case(word, "PIPELINING");
        found.eight_bit |= mail::equals_ignoring_case(word, "8BITMIME");
        found.smtputf8 |= mail::equals_ignoring_case(word, "SMTPUTF8");
        found.chunking |= mail::equals_ignoring_case(word, "CHUNKING");
        found.dsn |= mail::equals_ignoring_case(word, "DSN");
        found.starttls |= mail::equals_ignoring_case(word, "STARTTLS");
        found.xclient_address |= mail::equals_ignoring_case(word, "XCLIENT")
            && rest.find("ADDR") != std::string_view::npos;
        if (mail::equals_ignoring_case(word, "SIZE")) {
            found.size = true;
            std::from_chars(rest.data(), rest.data() + rest.size(), found.size_limit);
        }
    }
    return found;
}

/// Reads to the last line of the reply however long it is; keeps its first lines. Throws
/// ConnectionLost for what is no reply: after that nobody knows where the next one begins.
net::awaitable<mail::Reply> Client::read_reply(Deadline deadline)
{
    std::vector<std::string> lines;
    for (int code = 0;;) {
        const auto left
            = std::chrono::duration_cast<milliseconds>(deadline - net::Loop::current().env().now());
        stream_.expires_after(std::max(left, milliseconds{1}));
        const net::Stream::Line line = co_await stream_.read_line(line_limit);
        const ReplyLine reply = parse_reply_line(line.text);
        if (reply.code == 0 || (code != 0 && reply.code != code))
            throw net::ConnectionLost{"the server sent something that is no SMTP reply"};
        code = reply.code;
        if (lines.size() < kept_lines)
            lines.emplace_back(reply.text);
        if (reply.is_last) {
            last_lines_ = std::move(lines);
            co_return mail::sanitised(code, last_lines_);
        }
    }
}
}
