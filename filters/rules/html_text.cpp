// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/html_text.hpp"

#include "filters/content/character_reference.hpp"
#include "filters/content/html_tags.hpp"
#include "filters/content/html_tokenizer.hpp"
#include "filters/rules/html_fonts.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace filters::rulebook {
namespace {
using content::HtmlToken;
using content::HtmlTokenizer;
constexpr std::size_t most_uris = 2000, most_attributes = 64, most_pictures = 500;
constexpr std::size_t longest_anchor = 4096, longest_title = 4096;

enum class Gap { none, blank, line, paragraph };

Gap gap_of(std::string_view tag)
{
    static constexpr std::array<std::string_view, 8> paragraphs{
        "p", "hr", "pre", "blockquote", "title", "xmp", "listing", "plaintext"};
    static constexpr std::array<std::string_view, 11> blanks{"td", "th", "li", "dt", "dd", "h1",
                                                             "h2", "h3", "h4", "h5", "h6"};
    if (tag == "br" || tag == "div")
        return Gap::line;
    if (std::ranges::find(paragraphs, tag) != paragraphs.end())
        return Gap::paragraph;
    return std::ranges::find(blanks, tag) != blanks.end() ? Gap::blank : Gap::none;
}

/// The attribute that leads somewhere, for each tag.
struct Leading {
    std::string_view tag, attribute;
};
constexpr std::string_view safe_redirect = "data-saferedirecturl";
constexpr std::array<Leading, 19> leading{{{"a", "href"},
                                           {"a", safe_redirect},
                                           {"area", "href"},
                                           {"link", "href"},
                                           {"base", "href"},
                                           {"img", "src"},
                                           {"img", "lowsrc"},
                                           {"input", "src"},
                                           {"frame", "src"},
                                           {"iframe", "src"},
                                           {"embed", "src"},
                                           {"script", "src"},
                                           {"bgsound", "src"},
                                           {"form", "action"},
                                           {"body", "background"},
                                           {"table", "background"},
                                           {"tr", "background"},
                                           {"td", "background"},
                                           {"th", "background"}}};

std::string decoded(std::string_view value, content::ReferencePlace place)
{
    if (!value.contains('&'))
        return std::string{value};
    std::string out;
    content::append_decoded(out, value, place);
    return out;
}

/// A picture's width or height, 0 where none is said; what is no number counts as 200, a share as
/// one of 800.
std::uint32_t pixels(const HtmlToken& token, std::string_view name)
{
    constexpr std::uint32_t unknown = 200, share_of = 800, per_cent = 100, most = 100'000;
    const auto* attribute = token.find(name);
    if (attribute == nullptr || attribute->value.empty())
        return 0;
    const auto text = attribute->value;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || value == 0 || value > most || (!rest.empty() && rest != "%"))
        return unknown;
    return rest.empty() ? value : value * share_of / per_cent;
}

/// Characters that are no blanks.
std::size_t seen_characters(std::string_view utf8)
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const bool is_no_break = utf8.substr(i).starts_with("\xC2\xA0");
        const bool is_inside = (static_cast<unsigned char>(utf8[i]) & 0xC0U) == 0x80U;
        const bool is_blank = std::string_view{" \t\r\n\f\v"}.contains(utf8[i]);
        count += !is_no_break && !is_inside && !is_blank;
    }
    return count;
}

/// Nothing but blanks, as they stand or as references.
bool is_blank(std::string_view text)
{
    constexpr std::string_view no_break = "&nbsp;", blanks = " \t\r\n\f\v";
    while (!text.empty()) {
        const std::size_t length = text.starts_with(no_break) ? no_break.size()
            : blanks.contains(text.front())                   ? 1
                                                              : 0;
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

/// Line ends, tabs and no-break spaces as spaces.
void unify_blanks(std::string& utf8)
{
    std::size_t length = 0;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const bool is_no_break = utf8[i] == '\xC2' && i + 1 < utf8.size() && utf8[i + 1] == '\xA0';
        i += is_no_break;
        const bool is_blank = is_no_break || std::string_view{"\n\r\t"}.contains(utf8[i]);
        utf8[length++] = is_blank ? ' ' : utf8[i];
    }
    utf8.resize(length);
}

class Renderer {
public:
    Renderer(std::string_view html, std::size_t limit) : html_{html}, limit_{limit} { }

    HtmlText run()
    {
        HtmlTokenizer tokenizer{html_, most_attributes};
        out_.source_characters = html_.size();
        while (out_.text.size() < limit_) {
            const auto& token = tokenizer.next();
            if (token.kind == HtmlToken::Kind::finish)
                break;
            if (token.kind == HtmlToken::Kind::text)
                text(token);
            else if (token.kind == HtmlToken::Kind::start)
                start(token, tokenizer);
            else if (token.kind == HtmlToken::Kind::end)
                end(token);
            else if (token.kind == HtmlToken::Kind::comment)
                comment(token);
        }
        out_.text.resize(std::min(out_.text.size(), limit_));
        as_latin_1_where_all_fits();
        out_.has_low_contrast = fonts_.has_low_contrast();
        out_.has_bad_face = fonts_.has_bad_face();
        out_.has_invalid_colour = fonts_.has_invalid_colour();
        out_.largest_font = fonts_.largest();
        return std::move(out_);
    }

private:
    void gap(Gap gap)
    {
        if (gap == Gap::line || gap == Gap::paragraph)
            while (out_.text.ends_with(' '))
                out_.text.pop_back();
        if (gap == Gap::blank)
            out_.text += ' ';
        else if (gap == Gap::line)
            out_.text += '\n';
        else if (gap == Gap::paragraph)
            out_.text += "\n\n";
    }

    void text(const HtmlToken& token)
    {
        if (is_unshown_)
            return;
        if (!is_title_ && !is_blank(token.text))
            fonts_.see_text();
        scratch_.clear();
        if (token.has_references && token.text.contains('&'))
            content::append_decoded(scratch_, token.text, content::ReferencePlace::text);
        else
            scratch_ = token.text;
        if (is_title_ && out_.title.size() < longest_title)
            out_.title += scratch_;
        if (preformatted_ == 0) {
            unify_blanks(scratch_);
            const bool is_behind_blank
                = out_.text.empty() || out_.text.back() == ' ' || out_.text.back() == '\n';
            if (is_behind_blank)
                scratch_.erase(0, std::min(scratch_.find_first_not_of(' '), scratch_.size()));
        }
        out_.text += scratch_;
        out_.visible_characters += seen_characters(scratch_);
        if (anchor_ < out_.uris.size() && out_.uris[anchor_].text.size() < longest_anchor)
            out_.uris[anchor_].text += scratch_;
    }

    void start(const HtmlToken& token, HtmlTokenizer& tokenizer)
    {
        const auto& tag = content::find_tag(token.name);
        ++out_.elements;
        if (auto* open = opened(token.name))
            ++*open;
        out_.bad_tags += tag.name.empty();
        gap(gap_of(token.name));
        if (token.name == "a")
            anchor_ = std::string::npos;
        links(token);
        if (token.name == "img") {
            picture(token);
            if (anchor_ < out_.uris.size())
                out_.uris[anchor_].text += "<img>";
        } else if (token.name == "pre")
            ++preformatted_;
        out_.has_form |= token.name == "form";
        out_.has_embeds |= token.name == "embed" || token.name == "object";
        out_.has_event_handlers |= std::ranges::any_of(token.attributes, [](const auto& attribute) {
            return attribute.name.size() > 2
                && mail::equals_ignoring_case(attribute.name.substr(0, 2), "on");
        });
        if (token.name == "meta")
            meta(token);
        fonts_.start(token);
        // Tags stand in them, for programs without frames.
        const bool is_read = token.name == "noframes" || token.name == "noembed";
        if (tag.mode != HtmlTokenizer::Mode::data && !is_read) {
            tokenizer.set_mode(tag.mode);
            is_unshown_ = token.name == "script" || token.name == "style";
            is_title_ = token.name == "title";
            out_.title_count += is_title_;
            out_.has_script |= token.name == "script";
        }
    }

    void end(const HtmlToken& token)
    {
        auto* open = opened(token.name);
        if (open != nullptr && *open > 0)
            --*open;
        else
            ++out_.extra_ends;
        fonts_.end(token.name);
        is_unshown_ = is_title_ = false;
        gap(gap_of(token.name));
        if (token.name == "a")
            anchor_ = std::string::npos;
        else if (token.name == "pre" && preformatted_ > 0)
            --preformatted_;
    }

    void comment(const HtmlToken& token)
    {
        constexpr std::size_t most_comments = 200, longest_comment = 2000;
        if (out_.comments.size() < most_comments)
            out_.comments.push_back("<!--" + std::string{token.text.substr(0, longest_comment)}
                                    + "-->");
        const bool is_in_word = !out_.text.empty() && mail::is_alphanumeric(out_.text.back());
        out_.obfuscating_comments += is_in_word;
    }

    /// How many of that name are open; nullptr: there are too many names.
    std::uint32_t* opened(const std::string& name)
    {
        constexpr std::size_t most_names = 500;
        ++out_.tags;
        const auto known = out_.open.find(name);
        if (known != out_.open.end())
            return &known->second;
        return out_.open.size() < most_names ? &out_.open.emplace(name, 0).first->second : nullptr;
    }

    void links(const HtmlToken& token)
    {
        for (const auto& [tag, attribute] : leading) {
            if (tag != token.name)
                continue;
            const auto* found = token.find(attribute);
            if (found == nullptr || out_.uris.size() >= most_uris)
                continue;
            auto target = decoded(found->value, content::ReferencePlace::attribute);
            target = mail::trimmed(target);
            if (tag == "base" && out_.base.empty())
                out_.base = target;
            // Nobody but Google's pages follows it: no anchor.
            const bool is_redirect = attribute == safe_redirect;
            if (tag == "a" && !is_redirect)
                anchor_ = out_.uris.size();
            out_.uris.push_back(
                {std::move(target), is_redirect ? std::string{attribute} : token.name, {}});
        }
    }

    void picture(const HtmlToken& token)
    {
        if (out_.pictures.size() >= most_pictures)
            return;
        const auto* source = token.find("src");
        out_.pictures.push_back({source == nullptr ? std::string{} : std::string{source->value},
                                 pixels(token, "width"), pixels(token, "height")});
    }

    void meta(const HtmlToken& token)
    {
        const auto* value = token.find("content");
        if (value == nullptr)
            return;
        std::string lower{value->value.substr(0, 200)};
        std::ranges::transform(lower, lower.begin(), mail::to_lower);
        if (const auto at = lower.find("charset="); at != std::string::npos)
            out_.charsets += (out_.charsets.empty() ? "" : " ") + lower.substr(at + 8);
    }

    /// ASCII whose references all name characters of one octet becomes Latin-1.
    void as_latin_1_where_all_fits()
    {
        if (mail::is_ascii(out_.text) || !mail::is_ascii(html_))
            return;
        std::string narrow;
        for (std::string_view rest = out_.text; !rest.empty();) {
            const auto character = mail::first_character(rest);
            if (character.value > 0xFF)
                return;
            // No-break spaces stay what body_lines takes for blanks.
            if (character.value == 0xA0)
                narrow += "\xC2\xA0";
            else
                narrow += static_cast<char>(character.value);
            rest.remove_prefix(character.length);
        }
        out_.text = std::move(narrow);
    }

    std::string_view html_;
    std::size_t limit_;
    HtmlText out_;
    HtmlFonts fonts_;
    std::size_t anchor_ = std::string::npos; ///< whose text comes
    unsigned preformatted_ = 0;
    bool is_unshown_ = false, is_title_ = false;
    std::string scratch_;
};
}

HtmlText render_html(std::string_view utf8, std::size_t limit)
{
    return Renderer{utf8, limit}.run();
}
}
