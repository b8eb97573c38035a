// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/dns_message.hpp"

namespace net {
namespace {
constexpr std::size_t longest_name = 255, longest_label = 63;
constexpr std::uint16_t udp_size = 1232;

/// The octet that `\DDD` at the start of `text` stands for.
std::optional<std::uint8_t> escaped(std::string_view text)
{
    if (text.size() < 4 || text[0] != '\\')
        return {};
    unsigned value = 0;
    for (const char digit : text.substr(1, 3)) {
        if (digit < '0' || digit > '9')
            return {};
        value = value * 10 + static_cast<unsigned>(digit - '0');
    }
    return value < 256 ? std::optional{static_cast<std::uint8_t>(value)} : std::nullopt;
}

/// Length octets and labels in lower case, ended by a zero octet.
std::optional<std::string> on_the_wire(std::string_view text)
{
    if (text.ends_with('.'))
        text.remove_suffix(1);
    std::string wire;
    std::size_t label = 0;
    if (!text.empty())
        wire.push_back('\0');
    while (!text.empty()) {
        if (text.front() == '.') {
            if (wire.size() == label + 1)
                return {};
            label = wire.size();
            wire.push_back('\0');
            text.remove_prefix(1);
            continue;
        }
        const auto escape = escaped(text);
        char octet = escape ? static_cast<char>(*escape) : text.front();
        if (octet >= 'A' && octet <= 'Z')
            octet = static_cast<char>(octet + 32);
        wire.push_back(octet);
        text.remove_prefix(escape ? 4 : 1);
        const std::size_t size = wire.size() - label - 1;
        if (size > longest_label || wire.size() > longest_name)
            return {};
        wire[label] = static_cast<char>(size);
    }
    if (!wire.empty() && wire.size() == label + 1)
        return {};
    wire.push_back('\0');
    return wire.size() <= longest_name ? std::optional{wire} : std::nullopt;
}

void put_16(std::string& into, unsigned value)
{
    into.push_back(static_cast<char>(value >> 8 & 0xff));
    into.push_back(static_cast<char>(value & 0xff));
}
}

std::optional<std::string> canonical_name(std::string_view text)
{
    const auto wire = on_the_wire(text);
    if (!wire)
        return {};
    std::string name;
    for (std::size_t at = 0; (*wire)[at] != 0;) {
        const auto size = static_cast<std::uint8_t>((*wire)[at]);
        append_label(name, std::string_view{*wire}.substr(at + 1, size));
        at += 1U + size;
    }
    return name;
}

void append_label(std::string& name, std::string_view label)
{
    if (!name.empty())
        name.push_back('.');
    for (const char c : label) {
        const auto octet = static_cast<std::uint8_t>(c);
        if (octet > 0x20 && octet < 0x7f && c != '.' && c != '\\') {
            name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
            continue;
        }
        name.push_back('\\');
        name.push_back(static_cast<char>('0' + octet / 100));
        name.push_back(static_cast<char>('0' + octet / 10 % 10));
        name.push_back(static_cast<char>('0' + octet % 10));
    }
}

std::string question_message(std::uint16_t id, std::string_view canonical, RecordType type)
{
    constexpr unsigned recursion_desired_and_authentic_data = 0x0120;
    constexpr unsigned internet = 1, opt = 41;
    std::string message;
    put_16(message, id);
    put_16(message, recursion_desired_and_authentic_data);
    for (const unsigned count : {1U, 0U, 0U, 1U})
        put_16(message, count);
    message += on_the_wire(canonical).value();
    put_16(message, static_cast<unsigned>(type));
    put_16(message, internet);
    message.push_back('\0');
    put_16(message, opt);
    put_16(message, udp_size);
    message.append(6, '\0');
    return message;
}
}
