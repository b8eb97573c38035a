// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/command.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace smtp {
namespace {
using mail::Reply;

struct Name {
    std::string_view text;
    Verb verb;
};
constexpr std::array<Name, 23> names{{
    {"MAIL", Verb::mail},         {"RCPT", Verb::rcpt},       {"DATA", Verb::data},
    {"EHLO", Verb::ehlo},         {"BDAT", Verb::bdat},       {"QUIT", Verb::quit},
    {"RSET", Verb::rset},         {"HELO", Verb::helo},       {"NOOP", Verb::noop},
    {"STARTTLS", Verb::starttls}, {"VRFY", Verb::vrfy},       {"EXPN", Verb::expn},
    {"HELP", Verb::help},         {"XCLIENT", Verb::xclient}, {"LHLO", Verb::lhlo},
    {"GET", Verb::http},          {"POST", Verb::http},       {"PUT", Verb::http},
    {"HEAD", Verb::http},         {"CONNECT", Verb::http},    {"OPTIONS", Verb::http},
    {"DELETE", Verb::http},       {"AUTH", Verb::auth},
}};

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the next blank-separated word off the front of `rest`.
std::string_view next_word(std::string_view& rest)
{
    rest = trimmed(rest);
    const auto end = std::min(rest.find_first_of(" \t"), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

template <class Number> std::optional<Number> number(std::string_view text)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return value;
}

/// RFC 3461 §4: xtext of printable ASCII, "+" followed by two upper-case hex digits.
bool is_xtext(std::string_view text, std::size_t limit)
{
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
    if (text.empty() || text.size() > limit)
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] < '!' || text[i] > '~' || text[i] == '=')
            return false;
        if (text[i] != '+')
            continue;
        if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
            return false;
        i += 2;
    }
    return true;
}

std::string decode_xtext(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '+' && i + 2 < text.size()
            && std::from_chars(&text[i + 1], &text[i + 3], value, 16).ptr == &text[i + 3]) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

Reply syntax_error(std::string text) { return {501, "5.5.4", std::move(text)}; }

/// Removes "FROM:" or "TO:" and blanks that some clients put behind the colon.
std::optional<std::string_view> after_keyword(std::string_view argument, std::string_view keyword)
{
    if (argument.size() < keyword.size()
        || !mail::equals_ignoring_case(argument.substr(0, keyword.size()), keyword))
        return std::nullopt;
    return trimmed(argument.substr(keyword.size()));
}

/// KEYWORD or KEYWORD=VALUE (RFC 5321 §4.1.2 esmtp-param).
struct Parameter {
    std::string_view keyword, value;
};
Parameter split_parameter(std::string_view word)
{
    const auto equals = word.find('=');
    if (equals == std::string_view::npos)
        return {word, {}};
    return {word.substr(0, equals), word.substr(equals + 1)};
}

std::optional<Reply> set_size(MailCommand& command, std::string_view value, std::size_t limit)
{
    const auto size = number<std::uint64_t>(value);
    if (!size || value.size() > 20)
        return syntax_error("SIZE wants a number of octets");
    if (*size > limit)
        return Reply{552, "5.3.4", "message too large: this server takes " + std::to_string(limit)};
    command.parameters.size = *size;
    return std::nullopt;
}

std::optional<Reply> set_body(MailCommand& command, std::string_view value)
{
    if (!mail::equals_ignoring_case(value, "7BIT")
        && !mail::equals_ignoring_case(value, "8BITMIME"))
        return syntax_error("BODY is 7BIT or 8BITMIME here");
    command.parameters.is_8bit = mail::equals_ignoring_case(value, "8BITMIME");
    return std::nullopt;
}

std::optional<Reply> set_mail_parameter(MailCommand& command, Parameter parameter,
                                        std::size_t limit)
{
    const auto& [keyword, value] = parameter;
    if (mail::equals_ignoring_case(keyword, "SIZE"))
        return set_size(command, value, limit);
    if (mail::equals_ignoring_case(keyword, "BODY"))
        return set_body(command, value);
    if (mail::equals_ignoring_case(keyword, "SMTPUTF8") && value.empty()) {
        command.parameters.is_smtputf8 = true;
        return std::nullopt;
    }
    if (mail::equals_ignoring_case(keyword, "RET") && command.parameters.ret.empty()) {
        if (!mail::equals_ignoring_case(value, "FULL")
            && !mail::equals_ignoring_case(value, "HDRS"))
            return syntax_error("RET is FULL or HDRS");
        command.parameters.ret = mail::equals_ignoring_case(value, "FULL") ? "FULL" : "HDRS";
        return std::nullopt;
    }
    if (mail::equals_ignoring_case(keyword, "ENVID") && command.parameters.envid.empty()) {
        if (!is_xtext(value, 100))
            return syntax_error("ENVID wants xtext of at most 100 characters");
        command.parameters.envid = value;
        return std::nullopt;
    }
    if (mail::equals_ignoring_case(keyword, "AUTH"))
        return std::nullopt; // RFC 4954 §5: of no use to us, and harmless
    return Reply{555, "5.5.4", "MAIL parameter not known or given twice"};
}

bool is_notify(std::string_view value)
{
    if (mail::equals_ignoring_case(value, "NEVER"))
        return true;
    while (!value.empty()) {
        const auto comma = std::min(value.find(','), value.size());
        const auto word = value.substr(0, comma);
        if (!mail::equals_ignoring_case(word, "SUCCESS")
            && !mail::equals_ignoring_case(word, "FAILURE")
            && !mail::equals_ignoring_case(word, "DELAY"))
            return false;
        if (comma + 1 == value.size())
            return false;
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return true;
}

bool is_orcpt(std::string_view value)
{
    const auto semicolon = value.find(';');
    return semicolon != std::string_view::npos && semicolon > 0 && value.size() <= 500
        && is_xtext(value.substr(0, semicolon), 64) && is_xtext(value.substr(semicolon + 1), 500);
}

std::optional<Reply> set_rcpt_parameter(RcptCommand& command, Parameter parameter)
{
    const auto& [keyword, value] = parameter;
    if (mail::equals_ignoring_case(keyword, "NOTIFY") && command.notify.empty()) {
        if (value.empty() || !is_notify(value))
            return syntax_error("NOTIFY is NEVER or a list of SUCCESS, FAILURE, DELAY");
        command.notify = value;
        return std::nullopt;
    }
    if (mail::equals_ignoring_case(keyword, "ORCPT") && command.orcpt.empty()) {
        if (!is_orcpt(value))
            return syntax_error("ORCPT wants type;xtext");
        command.orcpt = value;
        return std::nullopt;
    }
    return Reply{555, "5.5.4", "RCPT parameter not known or given twice"};
}

Reply utf8_needed() { return {553, "5.6.7", "a non-ASCII address needs SMTPUTF8"}; }

std::optional<Reply> set_xclient(XclientCommand& command, Parameter attribute)
{
    const std::string value = decode_xtext(attribute.value);
    const bool is_known = !value.empty() && !value.starts_with('[');
    if (mail::equals_ignoring_case(attribute.keyword, "ADDR") && is_known) {
        const auto has_prefix
            = value.size() > 5 && mail::equals_ignoring_case(value.substr(0, 5), "IPV6:");
        command.address = mail::Ip::parse(has_prefix ? std::string_view{value}.substr(5) : value);
        if (!command.address)
            return syntax_error("XCLIENT ADDR is no address");
    } else if (mail::equals_ignoring_case(attribute.keyword, "ADDR")) {
        command.address = mail::Ip{}; // not known: nobody's, so no list names it
    } else if (mail::equals_ignoring_case(attribute.keyword, "PORT") && is_known) {
        command.port = number<std::uint16_t>(value);
        if (!command.port)
            return syntax_error("XCLIENT PORT is no port");
    } else if (mail::equals_ignoring_case(attribute.keyword, "NAME") && is_known
               && is_acceptable_hello(value)) {
        command.name = value;
    } else if (mail::equals_ignoring_case(attribute.keyword, "HELO") && is_known
               && is_acceptable_hello(value)) {
        command.helo = value;
    }
    return std::nullopt;
}
}

Command parse_command(std::string_view line)
{
    line = trimmed(line);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    const auto word = line.substr(0, end);
    for (const Name& name : names)
        if (mail::equals_ignoring_case(word, name.text))
            return {name.verb, trimmed(line.substr(end))};
    return {Verb::unknown, {}};
}

std::expected<MailCommand, Reply> parse_mail(std::string_view argument, std::size_t size_limit)
{
    const auto path_text = after_keyword(argument, "FROM:");
    if (!path_text)
        return std::unexpected{syntax_error("syntax: MAIL FROM:<address>")};
    const auto path = mail::parse_path(*path_text, mail::PathUse::sender);
    if (!path || path->is_postmaster)
        return std::unexpected{
            Reply{501, "5.1.7", "bad sender address" + (path ? "" : ": " + path.error().text)}};
    MailCommand command{.sender = path->path, .parameters = {}};
    auto rest = path->rest;
    for (auto word = next_word(rest); !word.empty(); word = next_word(rest))
        if (auto problem = set_mail_parameter(command, split_parameter(word), size_limit))
            return std::unexpected{std::move(*problem)};
    if (command.sender && command.sender->needs_smtputf8() && !command.parameters.is_smtputf8)
        return std::unexpected{utf8_needed()};
    return command;
}

namespace {
/// Bounces of forwarded mail come to addresses that hold a whole address: longer than others are.
bool is_rewritten_sender(std::string_view path)
{
    path = trimmed(path);
    return path.size() > 6 && path.front() == '<'
        && (mail::equals_ignoring_case(path.substr(1, 5), "SRS0=")
            || mail::equals_ignoring_case(path.substr(1, 5), "SRS1="));
}
}

std::expected<RcptCommand, Reply> parse_rcpt(std::string_view argument, bool is_smtputf8)
{
    const auto path_text = after_keyword(argument, "TO:");
    if (!path_text)
        return std::unexpected{syntax_error("syntax: RCPT TO:<address>")};
    auto path = mail::parse_path(*path_text);
    if (!path && is_rewritten_sender(*path_text))
        path = mail::parse_path(*path_text, mail::PathUse::sender);
    if (!path || (!path->path && !path->is_postmaster))
        return std::unexpected{
            Reply{501, "5.1.3", "bad recipient address" + (path ? "" : ": " + path.error().text)}};
    RcptCommand command{.address = path->path, .notify = {}, .orcpt = {}};
    auto rest = path->rest;
    for (auto word = next_word(rest); !word.empty(); word = next_word(rest))
        if (auto problem = set_rcpt_parameter(command, split_parameter(word)))
            return std::unexpected{std::move(*problem)};
    if (command.address && command.address->needs_smtputf8() && !is_smtputf8)
        return std::unexpected{utf8_needed()};
    return command;
}

std::expected<BdatCommand, Reply> parse_bdat(std::string_view argument)
{
    const auto size_text = next_word(argument);
    const auto last_text = next_word(argument);
    const auto size = number<std::uint64_t>(size_text);
    const bool is_last = mail::equals_ignoring_case(last_text, "LAST");
    if (!size || size_text.size() > 18 || (!last_text.empty() && !is_last)
        || !trimmed(argument).empty())
        return std::unexpected{syntax_error("syntax: BDAT size [LAST]")};
    return BdatCommand{*size, is_last};
}

std::expected<XclientCommand, Reply> parse_xclient(std::string_view argument)
{
    XclientCommand command;
    if (argument.empty())
        return std::unexpected{syntax_error("syntax: XCLIENT ADDR=... [NAME=...]")};
    for (auto word = next_word(argument); !word.empty(); word = next_word(argument))
        if (auto problem = set_xclient(command, split_parameter(word)))
            return std::unexpected{std::move(*problem)};
    return command;
}

bool is_acceptable_hello(std::string_view argument)
{
    const auto is_plain = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; };
    return !argument.empty() && argument.size() <= 255 && std::ranges::all_of(argument, is_plain);
}
}
