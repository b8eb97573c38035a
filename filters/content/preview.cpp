// SPDX-License-Identifier: Apache-2.0
#include "filters/content/preview.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>

namespace filters::content {
namespace {
constexpr std::size_t longest_name = 200, most_attachments = 50;

// Controls, and what turns the direction of the text around them.
bool is_harmless(char32_t c)
{
    if (c < 0x20)
        return c == '\n' || c == '\t';
    const bool is_control = c >= 0x7F && c < 0xA0;
    const bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E
        || c == 0x200F || c == 0x061C;
    return !is_control && !turns;
}

void append_harmless(std::string& out, std::string_view utf8, std::size_t limit)
{
    while (!utf8.empty()) {
        const auto character = mail::first_character(utf8);
        if (out.size() + character.length > limit)
            return;
        if (!character.is_valid)
            out += '?';
        else if (is_harmless(character.value))
            out += utf8.substr(0, character.length);
        utf8.remove_prefix(character.length);
    }
}

std::string size_for_people(std::size_t octets)
{
    constexpr std::array<std::string_view, 3> units{"B", "KiB", "MiB"};
    std::size_t unit = 0;
    for (; octets >= 1024 && unit + 1 < units.size(); ++unit)
        octets = (octets + 512) / 1024;
    return std::to_string(octets) + " " + std::string{units[unit]};
}

void append_file(std::string& out, const File& file, std::size_t limit)
{
    append_harmless(out, "\n[", limit);
    append_harmless(out, file.filename.empty() ? file.path : file.filename.substr(0, longest_name),
                    limit);
    append_harmless(out, ", ", limit);
    append_harmless(out, file.type.name.empty() ? file.declared : file.type.name, limit);
    append_harmless(out, ", " + size_for_people(file.size) + "]", limit);
}
}

std::string make_preview(const Content& content, std::size_t limit)
{
    const auto is_read = [](const Body& body) {
        return !body.is_alternative && !mail::trimmed(body.visible).empty();
    };
    const auto is_plain
        = [&](const Body& body) { return is_read(body) && body.type == "text/plain"; };
    const bool has_plain = std::ranges::any_of(content.bodies, is_plain);
    std::string text;
    // The list of attachments must not be pushed out by a long text.
    const std::size_t for_text = limit - limit / 8;
    for (const auto& body : content.bodies)
        if (has_plain ? is_plain(body) : is_read(body)) {
            append_harmless(text, text.empty() ? "" : "\n\n", for_text);
            append_harmless(text, mail::trimmed(body.visible), for_text);
        }
    std::size_t attachments = 0;
    for (const auto& file : content.files)
        if (file.is_attachment && !file.is_alternative && file.depth == 0
            && ++attachments <= most_attachments)
            append_file(text, file, limit);
    return text;
}
}
