// SPDX-License-Identifier: Apache-2.0
#include "filters/content/seen_text.hpp"

#include <utility>

namespace filters::content {
namespace {
constexpr std::string_view no_break_space = "\u00A0";

/// Octets of the blank that `text` begins with; 0: it begins with none.
std::size_t blank_at(std::string_view text)
{
    const char c = text.front();
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    return text.starts_with(no_break_space) ? no_break_space.size() : 0;
}
}

void SeenText::separate()
{
    if (!text_.empty() && text_.back() != '\n') {
        if (has_line_)
            text_ += '\n';
        else if (has_blank_)
            text_ += ' ';
    }
    has_blank_ = has_line_ = false;
}

bool SeenText::add(std::string_view text)
{
    bool has_text = false;
    while (!text.empty()) {
        std::size_t end = 0;
        while (end < text.size() && blank_at(text.substr(end)) == 0)
            ++end;
        if (end > 0) {
            separate();
            text_ += text.substr(0, end);
            text.remove_prefix(end);
            has_text = true;
        }
        if (text.empty())
            break;
        has_blank_ = true;
        text.remove_prefix(blank_at(text));
    }
    return has_text;
}

void SeenText::add_preformatted(std::string_view text)
{
    while (!text.empty()) {
        const auto end = text.find('\n');
        add(text.substr(0, end));
        if (end == text.npos)
            return;
        line();
        text.remove_prefix(end + 1);
    }
}

std::string SeenText::take() { return std::exchange(text_, {}); }
}
