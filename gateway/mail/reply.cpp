// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/reply.hpp"

#include "gateway/mail/ascii.hpp"

#include <charconv>

namespace mail {
namespace {
constexpr std::size_t line_limit = 512; // with code and CRLF (RFC 5321 §4.5.3.1.5)
constexpr std::size_t passed_on_limit = 400;
constexpr std::size_t enhanced_limit = 9; // "5.999.999"

void append_printable(std::string& out, std::string_view text)
{
    for (const char c : text)
        out += is_printable(c) ? c : '?';
}

// How much of `text` one line takes: at most `room`, preferably whole words.
std::size_t line_length(std::string_view text, std::size_t room)
{
    if (text.size() <= room)
        return text.size();
    const auto blank = text.rfind(' ', room);
    return blank == std::string_view::npos || blank == 0 ? room : blank;
}

// "5.7.1" at the front, with one digit of class and up to three of subject and detail (RFC 3463
// §2).
std::string_view enhanced_code(std::string_view text, int code)
{
    const char klass = static_cast<char>('0' + code / 100);
    if (text.size() < 5 || text[0] != klass || text[1] != '.')
        return {};
    std::size_t at = 2;
    for (const bool is_last : {false, true}) {
        const std::size_t start = at;
        while (at < text.size() && at - start < 3 && is_digit(text[at]))
            ++at;
        if (at == start || (!is_last && (at == text.size() || text[at++] != '.')))
            return {};
    }
    return at == text.size() || is_blank(text[at]) ? text.substr(0, at) : std::string_view{};
}

std::string_view without_code(std::string_view line, int code)
{
    int found = 0;
    if (line.size() < 3
        || std::from_chars(line.data(), line.data() + 3, found).ptr != line.data() + 3)
        return line;
    if (found != code || (line.size() > 3 && line[3] != ' ' && line[3] != '-'))
        return line;
    return line.substr(line.size() > 3 ? 4 : 3);
}
}

std::string to_wire(const Reply& reply)
{
    std::string head = std::to_string(reply.code) + ' ';
    if (!reply.enhanced.empty()) {
        append_printable(head, std::string_view{reply.enhanced}.substr(0, enhanced_limit));
        if (!reply.text.empty())
            head += ' ';
    }
    const std::size_t room = line_limit - 2 - head.size();
    std::string wire;
    wire.reserve(head.size() + reply.text.size() + 2);
    std::string_view rest = reply.text;
    for (bool more = true; more;) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        const std::size_t length = line_length(line, room);
        const std::size_t start = wire.size();
        wire += head;
        append_printable(wire, line.substr(0, length));
        wire += "\r\n";
        more = length < rest.size();
        if (more) {
            wire[start + 3] = '-';
            const bool is_break = rest[length] == '\n' || rest[length] == ' ';
            rest.remove_prefix(length + (is_break ? 1 : 0));
        }
    }
    return wire;
}

Reply sanitised(int code, const std::vector<std::string>& lines)
{
    Reply reply;
    reply.code = code >= 200 && code <= 599 ? code : 451;
    for (const auto& line : lines) {
        std::string_view text = trimmed(without_code(line, code));
        const auto enhanced = enhanced_code(text, reply.code);
        if (reply.enhanced.empty())
            reply.enhanced = enhanced;
        text = trimmed(text.substr(enhanced.size()));
        if (reply.text.size() >= passed_on_limit)
            break;
        if (!reply.text.empty() && !text.empty())
            reply.text += ' ';
        append_printable(reply.text, text.substr(0, passed_on_limit - reply.text.size()));
    }
    return reply;
}
}
