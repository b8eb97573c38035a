// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/header.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace mail {
namespace {
// One line with its line end, off the front of `rest`.
std::string_view next_line(std::string_view rest)
{
    const auto end = rest.find('\n');
    return end == std::string_view::npos ? rest : rest.substr(0, end + 1);
}

std::string_view without_line_end(std::string_view line)
{
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

// RFC 5322 §3.6.8 ftext, and the blanks before the colon of §4.5; empty if `line` is no field.
std::string_view field_name(std::string_view line)
{
    std::string_view name = line.substr(0, line.find(':'));
    if (name.size() == line.size())
        return {};
    while (!name.empty() && is_blank(name.back()))
        name.remove_suffix(1);
    const auto is_text = [](char c) { return c > ' ' && c <= '~'; };
    return std::ranges::all_of(name, is_text) ? name : std::string_view{};
}

struct Folded {
    std::size_t length;
    std::size_t lines;
};

// The first line of `rest` together with the folded lines that follow it.
Folded folded(std::string_view rest)
{
    Folded result{next_line(rest).size(), 1};
    while (result.length < rest.size() && is_blank(rest[result.length])) {
        result.length += next_line(rest.substr(result.length)).size();
        ++result.lines;
    }
    return result;
}
}

bool Field::is(std::string_view other) const { return equals_ignoring_case(name, other); }

Header Header::parse(std::string_view block, Dots dots)
{
    Header header;
    header.is_truncated_ = block.size() > HeaderLimits::bytes;
    block = block.substr(0, HeaderLimits::bytes);
    header.fields_.reserve(24);
    for (std::size_t at = 0; at < block.size();) {
        const std::string_view rest = block.substr(at);
        const auto [length, lines] = folded(rest);
        const std::string_view whole = without_line_end(rest.substr(0, length));
        if (whole.empty())
            break;
        std::string_view name = field_name(whole.substr(0, whole.find('\n')));
        if (name.empty()) {
            header.malformed_lines_ += lines;
        } else if (header.fields_.size() == HeaderLimits::fields) {
            header.is_truncated_ = true;
            break;
        } else {
            const std::string_view value = whole.substr(whole.find(':') + 1);
            if (dots == Dots::stuffed && name.size() > 1 && name.starts_with('.'))
                name.remove_prefix(1);
            header.fields_.push_back({name, value, at, length});
        }
        at += length;
    }
    return header;
}

const Field* Header::find(std::string_view name) const
{
    const auto found = std::ranges::find_if(fields_, [&](const Field& f) { return f.is(name); });
    return found == fields_.end() ? nullptr : &*found;
}

std::size_t Header::count(std::string_view name) const
{
    const auto count = std::ranges::count_if(fields_, [&](const Field& f) { return f.is(name); });
    return static_cast<std::size_t>(count);
}

std::string Header::decoded(std::string_view name) const
{
    const Field* field = find(name);
    return field ? decode_words(unfold(field->value)) : std::string{};
}

std::string unfold(std::string_view raw)
{
    std::string_view rest = trimmed(raw);
    std::string text;
    text.reserve(rest.size());
    while (!rest.empty()) {
        const std::string_view line = next_line(rest);
        rest.remove_prefix(line.size());
        text += !rest.empty() && is_blank(rest.front()) ? without_line_end(line) : line;
    }
    return text;
}
}
