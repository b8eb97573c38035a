// SPDX-License-Identifier: Apache-2.0
#include "filters/content/html_tokenizer.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

constexpr bool is_letter(char c)
{
    const char lower = mail::to_lower(c);
    return lower >= 'a' && lower <= 'z';
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix)
{
    return mail::equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}
}

const HtmlAttribute* HtmlToken::find(std::string_view attribute) const
{
    const auto found = std::ranges::find_if(attributes, [&](const HtmlAttribute& one) {
        return mail::equals_ignoring_case(one.name, attribute);
    });
    return found == attributes.end() ? nullptr : &*found;
}

void HtmlTokenizer::reset(HtmlToken::Kind kind)
{
    token_.kind = kind;
    token_.text = {};
    token_.has_references = token_.is_self_closing = false;
    token_.is_unclosed = token_.is_over_limit = false;
    token_.name.clear();
    token_.attributes.clear();
}

const HtmlToken& HtmlTokenizer::finish()
{
    at_ = html_.size();
    reset(HtmlToken::Kind::finish);
    return token_;
}

const HtmlToken& HtmlTokenizer::text_until(std::size_t end, bool has_references)
{
    reset(HtmlToken::Kind::text);
    token_.text = html_.substr(at_, end - at_);
    token_.has_references = has_references;
    at_ += token_.text.size();
    return token_;
}

const HtmlToken& HtmlTokenizer::next()
{
    if (is_at_end())
        return finish();
    if (mode_ == Mode::data) {
        const std::size_t end = find_markup(at_);
        return end > at_ ? text_until(end, true) : markup();
    }
    if (mode_ == Mode::plaintext)
        return text_until(html_.size(), false);
    const std::size_t end = mode_ == Mode::script ? find_script_end() : find_end_tag();
    const bool has_references = mode_ == Mode::rcdata;
    mode_ = Mode::data;
    return end > at_ ? text_until(end, has_references) : markup();
}

/// Where the next tag, comment or declaration begins; a '<' before anything else is text.
std::size_t HtmlTokenizer::find_markup(std::size_t from) const
{
    for (auto at = html_.find('<', from); at != html_.npos; at = html_.find('<', at + 1)) {
        const char c = at + 1 < html_.size() ? html_[at + 1] : ' ';
        if (is_letter(c) || c == '!' || c == '?' || (c == '/' && at + 2 < html_.size()))
            return at;
    }
    return html_.size();
}

/// "<name" or "</name" ends here as a tag's name does.
bool HtmlTokenizer::is_tag_at(std::size_t at, std::string_view name) const
{
    const auto rest = html_.substr(at);
    if (!starts_with_ignoring_case(rest, name) || rest.size() <= name.size())
        return false;
    const char c = rest[name.size()];
    return is_space(c) || c == '/' || c == '>';
}

std::size_t HtmlTokenizer::find_end_tag() const
{
    for (auto at = html_.find("</", at_); at != html_.npos; at = html_.find("</", at + 2))
        if (is_tag_at(at + 2, last_start_))
            return at;
    return html_.size();
}

/// Script data with its two escaped states (§13.2.5.15 ff.).
std::size_t HtmlTokenizer::find_script_end() const
{
    bool is_escaped = false, is_double = false;
    for (auto at = html_.find_first_of("<-", at_); at != html_.npos;
         at = html_.find_first_of("<-", at + 1)) {
        const auto rest = html_.substr(at);
        if (rest.starts_with("-->"))
            is_escaped = is_double = false;
        else if (!is_escaped && rest.starts_with("<!--")) {
            is_escaped = true;
            ++at; // the dashes may belong to "-->" as well
        } else if (rest.starts_with("</") && is_tag_at(at + 2, last_start_)) {
            if (!is_double)
                return at;
            is_double = false;
        } else if (is_escaped && rest.front() == '<' && is_tag_at(at + 1, "script"))
            is_double = true;
    }
    return html_.size();
}

const HtmlToken& HtmlTokenizer::markup()
{
    const char c = html_[at_ + 1];
    if (c == '!')
        return declaration();
    if (c == '?') {
        ++at_;
        return bogus_comment();
    }
    if (c != '/') {
        ++at_;
        return tag(HtmlToken::Kind::start);
    }
    at_ += 2;
    if (is_letter(html_[at_]))
        return tag(HtmlToken::Kind::end);
    if (html_[at_] != '>')
        return bogus_comment();
    ++at_; // "</>" is nothing
    return text_until(at_, false);
}

const HtmlToken& HtmlTokenizer::declaration()
{
    const auto rest = html_.substr(at_);
    if (rest.starts_with("<!--")) {
        at_ += 4;
        return comment();
    }
    if (is_foreign_ && rest.starts_with("<![CDATA[")) {
        at_ += 9;
        const auto end = html_.find("]]>", at_);
        text_until(end, false);
        at_ = std::min(html_.size(), at_ + 3);
        return token_;
    }
    at_ += 2;
    if (!starts_with_ignoring_case(rest.substr(2), "doctype"))
        return bogus_comment();
    at_ += 7;
    bogus_comment();
    token_.kind = HtmlToken::Kind::doctype;
    return token_;
}

const HtmlToken& HtmlTokenizer::comment_until(std::size_t end, std::size_t behind)
{
    reset(HtmlToken::Kind::comment);
    token_.text = html_.substr(at_, end - at_);
    at_ = behind;
    return token_;
}

const HtmlToken& HtmlTokenizer::bogus_comment()
{
    const auto end = html_.find('>', at_);
    if (end != html_.npos)
        return comment_until(end, end + 1);
    comment_until(html_.size(), html_.size());
    token_.is_unclosed = true;
    return token_;
}

const HtmlToken& HtmlTokenizer::comment()
{
    const auto rest = html_.substr(at_);
    if (rest.starts_with('>'))
        return comment_until(at_, at_ + 1);
    if (rest.starts_with("->"))
        return comment_until(at_, at_ + 2);
    for (auto end = html_.find("--", at_); end != html_.npos; end = html_.find("--", end)) {
        std::size_t behind = html_.find_first_not_of('-', end);
        if (behind == html_.npos)
            break;
        const std::size_t dashes = behind - 2;
        if (html_[behind] == '!' && behind + 1 < html_.size() && html_[behind + 1] == '>')
            ++behind;
        if (html_[behind] == '>')
            return comment_until(dashes, behind + 1);
        end = behind;
    }
    std::size_t end = html_.size();
    for (const std::string_view tail : {"--!", "--", "-"})
        if (html_.substr(at_).ends_with(tail)) {
            end -= tail.size();
            break;
        }
    comment_until(end, html_.size());
    token_.is_unclosed = true;
    return token_;
}

void HtmlTokenizer::skip_blanks()
{
    while (!is_at_end() && is_space(html_[at_]))
        ++at_;
}

const HtmlToken& HtmlTokenizer::tag(HtmlToken::Kind kind)
{
    reset(kind);
    const std::size_t start = at_;
    at_ = std::min(html_.find_first_of(" \t\n\r\f/>", at_), html_.size());
    for (const char c : html_.substr(start, at_ - start))
        token_.name += mail::to_lower(c);
    while (true) {
        skip_blanks();
        if (is_at_end())
            return finish(); // a tag that does not end is none
        if (html_[at_] == '>')
            break;
        if (html_[at_] != '/') {
            if (!read_attribute())
                return finish();
            continue;
        }
        ++at_;
        token_.is_self_closing = !is_at_end() && html_[at_] == '>';
    }
    ++at_;
    if (kind == HtmlToken::Kind::start)
        last_start_ = token_.name;
    return token_;
}

bool HtmlTokenizer::read_attribute()
{
    const std::size_t start = at_;
    at_ = std::min(html_.find_first_of(" \t\n\r\f/>=", at_ + 1), html_.size());
    HtmlAttribute attribute{html_.substr(start, at_ - start), {}};
    skip_blanks();
    if (is_at_end())
        return false;
    if (html_[at_] == '=') {
        ++at_;
        attribute.value = read_value();
    }
    if (token_.attributes.size() < attribute_limit_)
        token_.attributes.push_back(attribute);
    else
        token_.is_over_limit = true;
    return true;
}

std::string_view HtmlTokenizer::read_value()
{
    skip_blanks();
    if (is_at_end() || html_[at_] == '>')
        return {};
    const char quote = html_[at_];
    if (quote == '"' || quote == '\'') {
        const std::size_t start = ++at_;
        const auto end = html_.find(quote, start);
        at_ = end == html_.npos ? html_.size() : end + 1;
        return html_.substr(start, std::min(end, html_.size()) - start);
    }
    const std::size_t start = at_;
    at_ = std::min(html_.find_first_of(" \t\n\r\f>", at_), html_.size());
    return html_.substr(start, at_ - start);
}
}
