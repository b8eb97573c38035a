// SPDX-License-Identifier: Apache-2.0
#include "filters/content/html_tags.hpp"

#include <unordered_map>

namespace filters::content {
namespace {
constexpr auto block = HtmlTag::is_block | HtmlTag::closes_paragraph;
constexpr auto broken_out = HtmlTag::is_breakout;
using Mode = HtmlTokenizer::Mode;

constexpr HtmlTag tags[] = {
    {"a", HtmlTag::is_formatting},
    {"address", block},
    {"applet", HtmlTag::is_scope},
    {"area", HtmlTag::is_void},
    {"article", block},
    {"aside", block},
    {"audio", HtmlTag::is_unshown},
    {"b", HtmlTag::is_formatting | broken_out},
    {"base", HtmlTag::is_void},
    {"basefont", HtmlTag::is_void},
    {"bgsound", HtmlTag::is_void},
    {"big", HtmlTag::is_formatting | broken_out},
    {"blockquote", block | broken_out},
    {"body", HtmlTag::is_block | broken_out},
    {"br", HtmlTag::is_void | broken_out},
    {"button", HtmlTag::is_scope},
    {"caption", HtmlTag::is_block | HtmlTag::is_scope},
    {"center", block | broken_out},
    {"code", HtmlTag::is_formatting | broken_out},
    {"col", HtmlTag::is_void},
    {"dd", block | broken_out | HtmlTag::is_item},
    {"desc", HtmlTag::is_integration},
    {"details", block},
    {"dialog", block},
    {"dir", block},
    {"div", block | broken_out},
    {"dl", block | broken_out},
    {"dt", block | broken_out | HtmlTag::is_item},
    {"em", HtmlTag::is_formatting | broken_out},
    {"embed", HtmlTag::is_void | broken_out},
    {"fieldset", block},
    {"figcaption", block},
    {"figure", block},
    {"font", HtmlTag::is_formatting},
    {"footer", block},
    {"foreignobject", HtmlTag::is_integration},
    {"form", block},
    {"frame", HtmlTag::is_void},
    {"frameset", HtmlTag::is_block},
    {"h1", block | broken_out},
    {"h2", block | broken_out},
    {"h3", block | broken_out},
    {"h4", block | broken_out},
    {"h5", block | broken_out},
    {"h6", block | broken_out},
    {"head", broken_out},
    {"header", block},
    {"hgroup", block},
    {"hr", HtmlTag::is_void | block | broken_out},
    {"html", HtmlTag::is_scope},
    {"i", HtmlTag::is_formatting | broken_out},
    {"iframe", HtmlTag::is_unshown, Mode::rawtext},
    {"img", HtmlTag::is_void | broken_out},
    {"input", HtmlTag::is_void},
    {"li", block | broken_out | HtmlTag::is_item},
    {"link", HtmlTag::is_void},
    {"listing", block | broken_out},
    {"main", block},
    {"marquee", HtmlTag::is_scope},
    {"math", HtmlTag::is_foreign_root},
    {"menu", block | broken_out},
    {"meta", HtmlTag::is_void | broken_out},
    {"mi", HtmlTag::is_integration},
    {"mn", HtmlTag::is_integration},
    {"mo", HtmlTag::is_integration},
    {"ms", HtmlTag::is_integration},
    {"mtext", HtmlTag::is_integration},
    {"nav", block},
    {"nobr", HtmlTag::is_formatting | broken_out},
    {"noembed", HtmlTag::is_unshown, Mode::rawtext},
    {"noframes", HtmlTag::is_unshown, Mode::rawtext},
    {"object", HtmlTag::is_scope},
    {"ol", block | broken_out},
    {"option", HtmlTag::is_block | HtmlTag::is_item},
    {"p", block | broken_out},
    {"param", HtmlTag::is_void},
    {"plaintext", block, Mode::plaintext},
    {"pre", block | broken_out},
    {"ruby", broken_out},
    {"s", HtmlTag::is_formatting | broken_out},
    {"script", HtmlTag::is_unshown, Mode::script},
    {"search", block},
    {"section", block},
    {"small", HtmlTag::is_formatting | broken_out},
    {"source", HtmlTag::is_void},
    {"span", broken_out},
    {"strike", HtmlTag::is_formatting | broken_out},
    {"strong", HtmlTag::is_formatting | broken_out},
    {"style", HtmlTag::is_unshown, Mode::rawtext},
    {"sub", broken_out},
    {"summary", block},
    {"sup", broken_out},
    {"svg", HtmlTag::is_foreign_root},
    {"table", HtmlTag::is_block | HtmlTag::is_scope | broken_out},
    {"tbody", HtmlTag::is_row},
    {"td", HtmlTag::is_cell | HtmlTag::is_scope},
    {"template", HtmlTag::is_unshown | HtmlTag::is_scope},
    {"textarea", HtmlTag::is_block, Mode::rcdata},
    {"tfoot", HtmlTag::is_row},
    {"th", HtmlTag::is_cell | HtmlTag::is_scope},
    {"thead", HtmlTag::is_row},
    {"title", HtmlTag::is_unshown | HtmlTag::is_integration, Mode::rcdata},
    {"tr", HtmlTag::is_block | HtmlTag::is_row},
    {"track", HtmlTag::is_void},
    {"tt", HtmlTag::is_formatting | broken_out},
    {"u", HtmlTag::is_formatting | broken_out},
    {"ul", block | broken_out},
    {"var", broken_out},
    {"video", HtmlTag::is_unshown},
    {"wbr", HtmlTag::is_void},
    {"xmp", block, Mode::rawtext},
};
}

const HtmlTag& find_tag(std::string_view name)
{
    static const auto index = [] {
        std::unordered_map<std::string_view, const HtmlTag*> all;
        for (const auto& tag : tags)
            all.emplace(tag.name, &tag);
        return all;
    }();
    static constexpr HtmlTag unknown;
    constexpr std::size_t longest = 16;
    if (name.size() > longest)
        return unknown;
    const auto found = index.find(name);
    return found == index.end() ? unknown : *found->second;
}
}
