// SPDX-License-Identifier: Apache-2.0
#include "filters/content/html_reader.hpp"

#include "filters/content/character_reference.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::size_t longest_link_text = 1000, longest_tags = 16U << 10, longest_title = 1000;

/// Outlook's conditional comment whose content Outlook shows; "" for any other comment.
std::string_view conditional_content(std::string_view comment)
{
    const auto condition_end = comment.find("]>");
    if (!mail::trimmed(comment.substr(0, 64)).starts_with("[if") || condition_end > 200)
        return {};
    std::string condition;
    std::ranges::transform(comment.substr(0, condition_end), std::back_inserter(condition),
                           mail::to_lower);
    if (condition.contains('!') || !(condition.contains("mso") || condition.contains("ie")))
        return {};
    comment.remove_prefix(condition_end + 2);
    return comment.substr(0, comment.rfind("<!["));
}
}

Html HtmlReader::read()
{
    run(html_);
    const auto regions = std::move(regions_);
    is_elsewhere_ = true;
    for (const auto region : regions) {
        elements_ = HtmlElements{limits_.open_elements};
        run(region);
        elsewhere_.line();
    }
    out_.visible = visible_.take();
    out_.hidden = hidden_.take();
    out_.elsewhere = elsewhere_.take();
    if (is_deep_)
        out_.oddities.push_back({"over_limit", "HTML elements are nested too deep"});
    if (has_many_attributes_)
        out_.oddities.push_back({"over_limit", "an HTML tag has too many attributes"});
    if (has_many_links_)
        out_.oddities.push_back({"over_limit", "HTML has too many links"});
    if (is_unclosed_)
        out_.oddities.push_back({"malformed", "nothing closes a comment in HTML"});
    return std::move(out_);
}

void HtmlReader::run(std::string_view html)
{
    HtmlTokenizer tokenizer{html, limits_.attributes};
    raw_ = nullptr;
    while (true) {
        tokenizer.set_foreign(elements_.is_foreign());
        const auto& token = tokenizer.next();
        if (token.kind == HtmlToken::Kind::finish)
            break;
        if (token.kind == HtmlToken::Kind::start)
            take_start(token, tokenizer);
        else
            take(token);
    }
    flush_link_text();
}

void HtmlReader::take(const HtmlToken& token)
{
    switch (token.kind) {
    case HtmlToken::Kind::text:
        return take_text(token);
    case HtmlToken::Kind::end:
        return take_end(token);
    case HtmlToken::Kind::comment:
        return take_comment(token);
    default:
        return;
    }
}

std::string_view HtmlReader::decoded(const HtmlToken& token)
{
    const bool has_nul = token.text.contains('\0');
    if (!has_nul && !(token.has_references && token.text.contains('&')))
        return token.text;
    scratch_.clear();
    if (token.has_references)
        append_decoded(scratch_, token.text, ReferencePlace::text);
    else
        scratch_ = token.text;
    if (has_nul)
        std::erase(scratch_, '\0');
    return scratch_;
}

void HtmlReader::take_text(const HtmlToken& token)
{
    if (raw_ != nullptr && raw_->name == "style")
        return sheet_.add(token.text);
    if (raw_ != nullptr && raw_->name == "title" && out_.title.empty()) {
        SeenText title;
        title.add(decoded(token).substr(0, longest_title));
        out_.title = title.take();
    }
    const Shown& shown = elements_.shown();
    if (shown.is_unshown)
        return;
    const auto text = decoded(token);
    if (shown.is_seen())
        return raw_ != nullptr ? visible_.add_preformatted(text) : add_seen(text);
    hidden_.add(text);
}

void HtmlReader::add_seen(std::string_view text)
{
    (is_elsewhere_ ? elsewhere_ : visible_).add(text);
    if (elements_.link() != link_) {
        flush_link_text();
        link_ = elements_.link();
    }
    if (link_ == HtmlElements::no_link)
        return;
    const auto& so_far = out_.links[static_cast<std::size_t>(link_)].text;
    if (so_far.size() < longest_link_text)
        link_text_.add(text.substr(0, longest_link_text));
}

void HtmlReader::flush_link_text()
{
    if (link_ == HtmlElements::no_link)
        return;
    auto& text = out_.links[static_cast<std::size_t>(link_)].text;
    const std::string more = link_text_.take();
    if (!text.empty() && !more.empty())
        text += ' ';
    text += more;
    link_ = HtmlElements::no_link;
}

void HtmlReader::take_comment(const HtmlToken& token)
{
    ++out_.counts.comments;
    if (is_elsewhere_)
        return;
    if (token.is_unclosed) {
        is_unclosed_ = is_unclosed_ || !mail::trimmed(token.text).empty();
        regions_.push_back(token.text);
    } else if (const auto content = conditional_content(token.text); !content.empty())
        regions_.push_back(content);
}

void HtmlReader::take_end(const HtmlToken& token)
{
    raw_ = nullptr;
    const HtmlTag& tag = find_tag(token.name);
    separate(tag);
    if (token.name == "br")
        (is_elsewhere_ ? elsewhere_ : visible_).line();
    if (token.name != "body" && token.name != "html" && !tag.has(HtmlTag::is_void))
        elements_.close(tag, token.name);
}

void HtmlReader::separate(const HtmlTag& tag)
{
    auto& text = is_elsewhere_ ? elsewhere_ : visible_;
    if (tag.has(HtmlTag::is_block)) {
        text.line();
        hidden_.blank();
    } else if (tag.has(HtmlTag::is_cell)) {
        text.blank();
        hidden_.blank();
    }
}

void HtmlReader::note_tag(std::string_view name)
{
    constexpr std::size_t longest_name = 16;
    const auto known = name.substr(0, longest_name);
    auto& tags = out_.tags;
    const bool is_same = tags.ends_with(known)
        && (tags.size() == known.size() || tags[tags.size() - known.size() - 1] == ' ');
    if (is_same || tags.size() + known.size() >= longest_tags)
        return;
    if (!tags.empty())
        tags += ' ';
    tags += known;
}

void HtmlReader::count(const HtmlTag& tag, const HtmlToken& token)
{
    auto& counts = out_.counts;
    ++counts.elements;
    counts.forms += tag.name == "form";
    counts.scripts += tag.name == "script";
    counts.styles += tag.name == "style";
    counts.tables += tag.name == "table";
    counts.frames += tag.name == "iframe" || tag.name == "frame";
    if (tag.name == "input") {
        ++counts.inputs;
        const auto* type = token.find("type");
        counts.passwords += type != nullptr && mail::equals_ignoring_case(type->value, "password");
    }
    for (const auto& attribute : token.attributes)
        counts.event_handlers += attribute.name.size() > 4
            && mail::equals_ignoring_case(attribute.name.substr(0, 2), "on");
    has_many_attributes_ = has_many_attributes_ || token.is_over_limit;
    note_tag(token.name);
}

void HtmlReader::take_start(const HtmlToken& token, HtmlTokenizer& tokenizer)
{
    const HtmlTag& tag = find_tag(token.name);
    raw_ = nullptr;
    count(tag, token);
    elements_.prepare(tag);
    separate(tag);
    if (token.name == "br")
        (is_elsewhere_ ? elsewhere_ : visible_).line();
    const bool is_foreign = elements_.is_foreign();
    const Style style = style_of(token, tag);
    const int link = anchor(token, tag);
    const bool is_closed = tag.has(HtmlTag::is_void) || (is_foreign && token.is_self_closing);
    const bool is_open = elements_.open(tag, token.name, style, link);
    is_deep_ = is_deep_ || !is_open;
    const bool is_hidden = !elements_.shown().is_seen();
    if (link != HtmlElements::no_link)
        out_.links[static_cast<std::size_t>(link)].is_hidden = is_hidden;
    if (tag.name == "meta")
        meta(token);
    else if (tag.name == "img" || tag.name == "image")
        picture(token, is_hidden);
    else if (tag.name == "base" && out_.base.empty())
        base(token);
    else if (link == HtmlElements::no_link)
        other_targets(token, is_hidden);
    if (is_closed)
        elements_.close_last();
    else if (tag.mode != HtmlTokenizer::Mode::data && !is_foreign) {
        tokenizer.set_mode(tag.mode);
        raw_ = &tag;
    }
}
}
