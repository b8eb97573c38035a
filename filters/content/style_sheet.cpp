// SPDX-License-Identifier: Apache-2.0
#include "filters/content/css.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::string_view blanks = " \t\r\n\f";
constexpr std::size_t classes_read = 16;

bool is_name(char c)
{
    return mail::is_alphanumeric(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) > 127;
}

std::string without_comments(std::string_view css)
{
    std::string out;
    while (true) {
        const auto start = css.find("/*");
        out += css.substr(0, start);
        if (start == css.npos)
            return out;
        const auto end = css.find("*/", start + 2);
        if (end == css.npos)
            return out;
        css.remove_prefix(end + 2);
    }
}

/// Behind the bracket that closes the one before `from`.
std::size_t behind_block(std::string_view css, std::size_t from)
{
    int depth = 1;
    for (auto at = css.find_first_of("{}", from); at != css.npos;
         at = css.find_first_of("{}", at + 1)) {
        depth += css[at] == '{' ? 1 : -1;
        if (depth == 0)
            return at + 1;
    }
    return css.size();
}

/// "@media screen" holds where mail is read; "@media (max-width: 480px)" and "print" need not.
bool is_for_all(std::string_view media)
{
    media = mail::trimmed(media.substr(std::string_view{"@media"}.size()));
    return media.empty() || mail::equals_ignoring_case(media, "all")
        || mail::equals_ignoring_case(media, "screen")
        || mail::equals_ignoring_case(media, "only screen");
}

std::string key(std::string_view tag, char mark, std::string_view name)
{
    std::string all{tag};
    if (mark != 0)
        all += mark;
    for (const char c : name)
        all += mail::to_lower(c); // quirks mode, which mail without a doctype is in
    return all;
}
}

void StyleSheet::add(std::string_view css)
{
    const std::string clean = without_comments(css);
    std::string_view rest = clean;
    while (true) {
        const auto start = rest.find_first_not_of(" \t\r\n\f}");
        if (start == rest.npos)
            return;
        rest.remove_prefix(start);
        for (const std::string_view mark : {"<!--", "-->"})
            if (rest.starts_with(mark))
                rest.remove_prefix(mark.size());
        const auto open = rest.find_first_of("{;");
        if (open == rest.npos)
            return;
        const auto head = mail::trimmed(rest.substr(0, open));
        const bool has_block = rest[open] == '{';
        rest.remove_prefix(open + 1);
        if (!has_block)
            continue;
        if (mail::equals_ignoring_case(head.substr(0, 6), "@media") && is_for_all(head))
            continue; // its rules are read as if they stood outside
        const auto end
            = head.starts_with('@') ? behind_block(rest, 0) : std::min(rest.size(), rest.find('}'));
        if (!head.starts_with('@'))
            add_rule(head, rest.substr(0, end));
        rest.remove_prefix(end);
    }
}

void StyleSheet::add_rule(std::string_view selectors, std::string_view declarations)
{
    const Style style = parse_declarations(declarations);
    if (style.is_empty())
        return;
    while (!selectors.empty() && rules_.size() < rule_limit) {
        const auto comma = std::min(selectors.find(','), selectors.size());
        auto selector = mail::trimmed(selectors.substr(0, comma));
        selectors.remove_prefix(std::min(selectors.size(), comma + 1));
        const auto mark = static_cast<std::size_t>(std::ranges::find_if_not(selector, is_name)
                                                   - selector.begin());
        const auto name = selector.substr(std::min(selector.size(), mark + 1));
        if (selector.empty() || !std::ranges::all_of(name, is_name))
            continue;
        if (mark == selector.size())
            rules_[key("", 0, selector)].merge(style);
        else if ((selector[mark] == '.' || selector[mark] == '#') && !name.empty()) {
            std::string tag;
            std::ranges::transform(selector.substr(0, mark), std::back_inserter(tag),
                                   mail::to_lower);
            rules_[key(tag, selector[mark], name)].merge(style);
        }
    }
}

void StyleSheet::merge(Style& style, std::string_view tag, char mark, std::string_view name) const
{
    for (const std::string_view prefix : {std::string_view{}, tag})
        if (const auto found = rules_.find(key(prefix, mark, name)); found != rules_.end())
            style.merge(found->second);
}

Style StyleSheet::find(std::string_view tag, std::string_view classes, std::string_view id) const
{
    Style style;
    if (rules_.empty())
        return style;
    if (const auto found = rules_.find(std::string{tag}); found != rules_.end())
        style.merge(found->second);
    for (std::size_t i = 0; i < classes_read; ++i) {
        const auto start = classes.find_first_not_of(blanks);
        if (start == classes.npos)
            break;
        classes.remove_prefix(start);
        const auto end = std::min(classes.find_first_of(blanks), classes.size());
        if (end <= 64)
            merge(style, tag, '.', classes.substr(0, end));
        classes.remove_prefix(end);
    }
    if (!id.empty() && id.size() <= 64)
        merge(style, tag, '#', id);
    return style;
}
}
