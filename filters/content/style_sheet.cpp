// SPDX-License-Identifier: Apache-2.0
#include "filters/content/css.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::string_view blanks = " \t\r\n\f";
constexpr std::size_t classes_read = 16, longest_name = 64;

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

/// "@media screen" holds where mail is read.
bool is_for_all(std::string_view head)
{
    const auto media = mail::trimmed(head.substr(std::min<std::size_t>(head.size(), 6)));
    return media.empty() || mail::equals_ignoring_case(media, "all")
        || mail::equals_ignoring_case(media, "screen")
        || mail::equals_ignoring_case(media, "only screen");
}

/// Rules stand in it, and hold if something else does: "@media (max-width: 480px)", "@supports".
bool is_conditional(std::string_view head)
{
    const auto begins = [&](std::string_view name) {
        return mail::equals_ignoring_case(head.substr(0, name.size()), name);
    };
    return (begins("@media") && !mail::equals_ignoring_case(head, "@media print"))
        || begins("@supports") || begins("@layer") || begins("@container") || begins("@scope");
}

std::string key(std::string_view tag, char mark, std::string_view name)
{
    std::string all{tag};
    if (mark != 0)
        (all += mark) += name;
    return all;
}

std::string lower(std::string_view text)
{
    std::string out;
    std::ranges::transform(text, std::back_inserter(out), mail::to_lower);
    return out;
}

/// One tag, class or id, or a tag with one of them; "" for what is more.
std::string simple_key(std::string_view selector)
{
    const auto mark
        = static_cast<std::size_t>(std::ranges::find_if_not(selector, is_name) - selector.begin());
    const auto name = selector.substr(std::min(selector.size(), mark + 1));
    if (mark == selector.size())
        return lower(selector);
    const bool is_marked = selector[mark] == '.' || selector[mark] == '#';
    return is_marked && !name.empty() && std::ranges::all_of(name, is_name)
        ? key(lower(selector.substr(0, mark)), selector[mark], name)
        : std::string{};
}

/// The part of a selector that an element itself has to have, roughly: "*" if nobody can tell.
std::string rough_key(std::string_view selector)
{
    selector = selector.substr(selector.find_last_of(" \t\r\n\f>+~") + 1);
    const auto end = std::min(selector.find_first_of(":["), selector.size());
    auto found = simple_key(selector.substr(0, end));
    return found.empty() ? "*" : found;
}

template <typename Each> void each_class(std::string_view classes, Each each)
{
    for (std::size_t i = 0; i < classes_read; ++i) {
        const auto start = classes.find_first_not_of(blanks);
        if (start == classes.npos)
            break;
        classes.remove_prefix(start);
        const auto end = std::min(classes.find_first_of(blanks), classes.size());
        each(classes.substr(0, std::min<std::size_t>(end, longest_name)));
        classes.remove_prefix(end);
    }
}

/// Calls `take` with every rule for the element, those that go first last.
template <typename Rules, typename Take>
void each_rule(const Rules& rules, std::string_view tag, std::string_view classes,
               std::string_view id, Take take)
{
    const auto look = [&](const std::string& name) {
        if (const auto found = rules.find(name); found != rules.end())
            take(found->second);
    };
    look("*");
    look(std::string{tag});
    each_class(classes, [&](std::string_view name) {
        look(key("", '.', name));
        look(key(tag, '.', name));
    });
    if (!id.empty() && id.size() <= longest_name) {
        look(key("", '#', id));
        look(key(tag, '#', id));
    }
}
}

void StyleSheet::add(std::string_view css)
{
    const std::string clean = without_comments(css);
    std::vector<Block> blocks{{clean, true}};
    while (!blocks.empty()) {
        const auto block = blocks.back();
        blocks.pop_back();
        add_block(block, blocks);
    }
}

void StyleSheet::add_block(Block block, std::vector<Block>& inner)
{
    constexpr std::size_t most_blocks = 1000;
    auto rest = block.css;
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
        const bool is_at_rule = head.starts_with('@');
        const auto end = is_at_rule ? behind_block(rest, 0) : std::min(rest.size(), rest.find('}'));
        if (!is_at_rule)
            add_rule(head, rest.substr(0, end), block.is_sure);
        else if (is_conditional(head) && block.is_sure && inner.size() < most_blocks)
            inner.push_back({rest.substr(0, end), false});
        rest.remove_prefix(end);
    }
}

void StyleSheet::keep(Rules& rules, const std::string& key, const Declarations& declared)
{
    if (++kept_ > rule_limit)
        return;
    auto& rule = rules[key];
    rule.normal.merge(declared.normal);
    rule.important.merge(declared.important);
}

void StyleSheet::add_rule(std::string_view selectors, std::string_view declarations, bool is_sure)
{
    const auto declared = parse_declarations(declarations);
    if (declared.normal.is_empty() && declared.important.is_empty())
        return;
    while (!selectors.empty() && kept_ < rule_limit) {
        const auto comma = std::min(selectors.find(','), selectors.size());
        const auto selector = mail::trimmed(selectors.substr(0, comma));
        selectors.remove_prefix(std::min(selectors.size(), comma + 1));
        if (selector.empty())
            continue;
        const auto simple = selector == "*" ? "*" : simple_key(selector);
        if (is_sure && !simple.empty())
            keep(rules_, simple, declared);
        else
            keep(perhaps_, rough_key(selector), declared);
    }
}

Declarations StyleSheet::find(std::string_view tag, std::string_view classes,
                              std::string_view id) const
{
    Declarations all;
    each_rule(rules_, tag, classes, id, [&](const Declarations& rule) {
        all.normal.merge(rule.normal);
        all.important.merge(rule.important);
    });
    return all;
}

Style StyleSheet::showing(std::string_view tag, std::string_view classes, std::string_view id) const
{
    Style all;
    if (!perhaps_.empty())
        each_rule(perhaps_, tag, classes, id, [&](const Declarations& rule) {
            all.merge(rule.normal.showing());
            all.merge(rule.important.showing());
        });
    return all;
}
}
