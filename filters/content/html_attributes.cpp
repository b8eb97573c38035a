// SPDX-License-Identifier: Apache-2.0
#include "filters/content/character_reference.hpp"
#include "filters/content/html_reader.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
using Kind = HtmlLink::Kind;

std::string attribute_text(const HtmlAttribute& attribute)
{
    std::string value;
    append_decoded(value, attribute.value, ReferencePlace::attribute);
    return value;
}

std::string value_of(const HtmlToken& token, std::string_view name)
{
    const auto* attribute = token.find(name);
    return attribute == nullptr ? std::string{} : attribute_text(*attribute);
}

bool is_remote(std::string_view target)
{
    target = mail::trimmed(target);
    return target.starts_with("//") || mail::equals_ignoring_case(target.substr(0, 5), "http:")
        || mail::equals_ignoring_case(target.substr(0, 6), "https:");
}

/// "5; url='http://example.org/'" → the address (HTML §4.2.5.3).
std::string refresh_target(std::string_view content)
{
    const auto start = content.find_first_not_of("0123456789. \t\r\n");
    if (start == content.npos)
        return {};
    content = mail::trimmed(content.substr(start));
    if (content.starts_with(';') || content.starts_with(','))
        content = mail::trimmed(content.substr(1));
    if (mail::equals_ignoring_case(content.substr(0, 3), "url")) {
        const auto after = mail::trimmed(content.substr(3));
        if (after.starts_with('='))
            content = mail::trimmed(after.substr(1));
    }
    if (content.starts_with('"') || content.starts_with('\'')) {
        const char quote = content.front();
        content.remove_prefix(1);
        content = content.substr(0, content.find(quote));
    }
    return std::string{content};
}

void read_attribute_style(Style& style, const HtmlToken& token, const HtmlTag& tag)
{
    const bool is_body = tag.name == "body";
    for (const auto& attribute : token.attributes) {
        const auto is = [&](std::string_view name) {
            return mail::equals_ignoring_case(attribute.name, name);
        };
        if (is("bgcolor"))
            style.background = parse_colour(attribute_text(attribute));
        else if (is("background") && !attribute.value.empty())
            style.has_background_picture = true;
        else if (is("hidden"))
            style.is_displayed = false;
        else if ((is("color") && tag.name == "font") || (is("text") && is_body))
            style.colour = parse_colour(attribute_text(attribute));
    }
}

struct Target {
    std::string_view tag, attribute;
    Kind kind;
};
constexpr Target targets[]{
    {"form", "action", Kind::form},      {"button", "formaction", Kind::form},
    {"input", "formaction", Kind::form}, {"input", "src", Kind::picture},
    {"iframe", "src", Kind::frame},      {"frame", "src", Kind::frame},
    {"script", "src", Kind::script},     {"object", "data", Kind::other},
    {"embed", "src", Kind::other},       {"video", "src", Kind::other},
    {"video", "poster", Kind::picture},  {"audio", "src", Kind::other},
    {"source", "src", Kind::other},
};
}

Style HtmlReader::style_of(const HtmlToken& token, const HtmlTag& tag) const
{
    Style style;
    if (tag.name == "a" && (token.find("href") != nullptr))
        style.colour = Colour{0, 0, 238}; // what browsers paint links in, whatever is around
    if (tag.name == "dialog" && token.find("open") == nullptr)
        style.is_displayed = false;
    read_attribute_style(style, token, tag);
    Declarations own, rules;
    if (const auto* declared = token.find("style"))
        own = parse_declarations(attribute_text(*declared));
    std::string classes, id;
    if (!sheet_.is_empty()) {
        classes = value_of(token, "class");
        id = value_of(token, "id");
        rules = sheet_.find(token.name, classes, id);
    }
    for (const auto* one : {&rules.normal, &own.normal, &rules.important, &own.important})
        style.merge(*one);
    if (!sheet_.is_empty() && !style.is_empty())
        style.merge(sheet_.showing(token.name, classes, id));
    return style;
}

int HtmlReader::add_link(Kind kind, std::string target, bool is_hidden)
{
    if (mail::trimmed(target).empty())
        return HtmlElements::no_link;
    if (out_.links.size() >= limits_.links) {
        has_many_links_ = true;
        return HtmlElements::no_link;
    }
    out_.links.push_back({kind, std::move(target), {}, is_hidden});
    return static_cast<int>(out_.links.size()) - 1;
}

int HtmlReader::anchor(const HtmlToken& token, const HtmlTag& tag)
{
    // What Outlook alone reads has links on shapes: <v:roundrect href=...>.
    const bool can_be = tag.name == "a" || tag.name == "area"
        || (is_elsewhere_ && tag.name != "link" && tag.name != "base");
    if (!can_be)
        return HtmlElements::no_link;
    const auto* target = token.find("href");
    if (target == nullptr)
        target = token.find("xlink:href");
    return target == nullptr ? HtmlElements::no_link
                             : add_link(Kind::anchor, attribute_text(*target), false);
}

void HtmlReader::picture(const HtmlToken& token, bool is_hidden)
{
    ++out_.counts.pictures;
    auto target = value_of(token, "src");
    if (target.empty())
        target = value_of(token, "href");
    out_.counts.remote_pictures += is_remote(target);
    const auto text = value_of(token, "alt");
    const int link = add_link(Kind::picture, std::move(target), is_hidden);
    if (link != HtmlElements::no_link) {
        SeenText seen;
        seen.add(std::string_view{text}.substr(0, 1000));
        out_.links[static_cast<std::size_t>(link)].text = seen.take();
    }
    if (!is_hidden)
        add_seen(text);
}

void HtmlReader::meta(const HtmlToken& token)
{
    if (mail::equals_ignoring_case(value_of(token, "http-equiv"), "refresh"))
        add_link(Kind::refresh, refresh_target(value_of(token, "content")), false);
}

void HtmlReader::base(const HtmlToken& token) { out_.base = value_of(token, "href"); }

void HtmlReader::other_targets(const HtmlToken& token, bool is_hidden)
{
    for (const auto& target : targets)
        if (target.tag == token.name)
            if (const auto* attribute = token.find(target.attribute))
                add_link(target.kind, attribute_text(*attribute), is_hidden);
    if (token.name == "link") {
        const bool is_style
            = mail::equals_ignoring_case(mail::trimmed(value_of(token, "rel")), "stylesheet");
        add_link(is_style ? Kind::style : Kind::other, value_of(token, "href"), false);
    }
    if (const auto* background = token.find("background")) {
        auto target = attribute_text(*background);
        out_.counts.remote_pictures += is_remote(target);
        add_link(Kind::picture, std::move(target), is_hidden);
    }
}
}
