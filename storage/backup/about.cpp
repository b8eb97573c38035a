// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/about.hpp"

#include "storage/backup/digest.hpp"

#include <charconv>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <stdexcept>

namespace storage::backup {
namespace {
constexpr std::string_view magic = "mailweir-backup";

template <class Number> Number number_of(std::string_view text)
{
    Number number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || stop != text.data() + text.size())
        throw std::runtime_error{"its description is damaged"};
    return number;
}

/// The text before the first blank, and what stands behind it.
std::pair<std::string_view, std::string_view> halves(std::string_view line)
{
    const auto blank = line.find(' ');
    return {line.substr(0, blank),
            blank == line.npos ? std::string_view{} : line.substr(blank + 1)};
}

std::string one_line(std::string text)
{
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20)
            c = '?';
    return text;
}

void take_line(About& about, std::string_view name, std::string_view value)
{
    const auto [first, second] = halves(value);
    if (name == "version")
        about.version = value;
    else if (name == "host")
        about.host = value;
    else if (name == "kind")
        about.kind = value;
    else if (name == "made")
        about.made = parse_compact_time(value).value_or(std::chrono::sys_seconds{});
    else if (name == "format")
        about.formats[std::string{first}] = number_of<std::int64_t>(second);
    else if (name == "keys")
        about.keys.salt = from_hexadecimal(value);
    else if (name == "argon2id") {
        about.keys.operations = number_of<std::uint64_t>(first);
        about.keys.memory = number_of<std::uint64_t>(second);
    }
}
}

std::string compact_time(std::chrono::sys_seconds time)
{
    return fmt::format("{:%Y%m%dT%H%M%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::optional<std::chrono::sys_seconds> parse_compact_time(std::string_view text)
{
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z')
        return {};
    const auto part = [&](std::size_t from, std::size_t size) {
        int number = -1;
        const char* end = text.data() + from + size;
        const auto [stop, error] = std::from_chars(text.data() + from, end, number);
        return error == std::errc{} && stop == end ? number : -1;
    };
    const std::chrono::year_month_day date{std::chrono::year{part(0, 4)},
                                           std::chrono::month{static_cast<unsigned>(part(4, 2))},
                                           std::chrono::day{static_cast<unsigned>(part(6, 2))}};
    const int hour = part(9, 2), minute = part(11, 2), second = part(13, 2);
    if (!date.ok() || hour < 0 || minute < 0 || second < 0)
        return {};
    return std::chrono::sys_seconds{std::chrono::sys_days{date}} + std::chrono::hours{hour}
    + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

std::string About::to_string() const
{
    auto text = fmt::format("{} {}\nversion {}\nhost {}\nkind {}\nmade {}\n", magic, layout,
                            one_line(version), one_line(host), one_line(kind), compact_time(made));
    for (const auto& [database, format] : formats)
        text += fmt::format("format {} {}\n", one_line(database), format);
    if (!keys.salt.empty())
        text += fmt::format("keys {}\nargon2id {} {}\n", hexadecimal(keys.salt), keys.operations,
                            keys.memory);
    return text;
}

About About::parse(std::string_view text)
{
    const auto [word, number] = halves(text.substr(0, text.find('\n')));
    if (word != magic)
        throw std::runtime_error{"it is no backup of Mailweir"};
    About about;
    about.layout = number_of<int>(number);
    if (about.layout > newest_layout)
        throw std::runtime_error{"it was made by a newer Mailweir, whose backups this version "
                                 "cannot read: install that version, or a later one"};
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto [name, value] = halves(text.substr(0, end));
        take_line(about, name, value);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return about;
}
}
