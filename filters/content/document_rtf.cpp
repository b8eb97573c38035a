// SPDX-License-Identifier: Apache-2.0
#include "filters/content/document.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
int hex_digit(char c)
{
    if (mail::is_digit(c))
        return c - '0';
    const char lower = mail::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Reads RTF by its control words; groups are only counted.
class RichText {
public:
    RichText(std::string_view rtf, const Limits& limits) : rest_{rtf}, limits_{limits} { }

    DocumentFacts read()
    {
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c == '\\')
                control();
            else {
                if (c == '{')
                    ++depth_;
                else if (c == '}')
                    leave();
                else
                    character(c);
                rest_.remove_prefix(1);
            }
        }
        finish_object();
        read_text();
        return std::move(facts_);
    }

private:
    void leave()
    {
        depth_ = std::max(0, depth_ - 1);
        if (is_object_ && depth_ < object_depth_)
            finish_object();
        if (depth_ < template_depth_) {
            facts_.has_external_template = facts_.has_external_template || template_.contains("//");
            add_link(std::move(template_));
            template_.clear();
            template_depth_ = 0;
        }
    }

    void character(char c)
    {
        if (is_object_) {
            const int digit = hex_digit(c);
            if (digit < 0 || object_.size() >= limits_.part_bytes)
                return;
            if (high_ < 0)
                high_ = digit;
            else {
                object_ += static_cast<char>(high_ * 16 + digit);
                high_ = -1;
            }
        } else if (c != '\r' && c != '\n') {
            if (template_depth_ > 0)
                template_ += c;
            text_ += c;
        }
    }

    void control()
    {
        rest_.remove_prefix(1);
        if (rest_.empty())
            return;
        if (!is_letter(rest_.front())) {
            const bool is_octet = rest_.starts_with('\'') && rest_.size() > 2;
            if (is_octet && hex_digit(rest_[1]) >= 0 && hex_digit(rest_[2]) >= 0 && !is_object_)
                character(static_cast<char>(hex_digit(rest_[1]) * 16 + hex_digit(rest_[2])));
            rest_.remove_prefix(is_octet ? 3 : 1);
            return;
        }
        std::size_t end = 0;
        while (end < rest_.size() && is_letter(rest_[end]))
            ++end;
        const auto word = rest_.substr(0, end);
        if (end < rest_.size() && rest_[end] == '-')
            ++end;
        while (end < rest_.size() && mail::is_digit(rest_[end]))
            ++end;
        std::size_t behind = end;
        if (behind < rest_.size() && rest_[behind] == ' ')
            ++behind;
        if (word == "bin") {
            const auto length
                = std::min<std::size_t>(number(rest_.substr(3, end - 3)), rest_.size() - behind);
            if (is_object_)
                object_ += rest_.substr(behind, length);
            behind += length;
        } else
            act(word);
        rest_.remove_prefix(behind);
    }

    static bool is_letter(char c)
    {
        const char lower = mail::to_lower(c);
        return lower >= 'a' && lower <= 'z';
    }

    static std::size_t number(std::string_view digits)
    {
        std::size_t value = 0;
        for (const char c : digits)
            value = mail::is_digit(c)
                ? std::min<std::size_t>(value * 10 + static_cast<std::size_t>(c - '0'), 1U << 30)
                : value;
        return value;
    }

    void act(std::string_view word)
    {
        if (word == "objdata") {
            finish_object();
            is_object_ = true;
            object_depth_ = depth_;
        } else if (word == "objupdate")
            facts_.has_script = true; // its object runs at once
        else if (word == "objautlink" || word == "objlink")
            facts_.has_external_template = true;
        else if (word == "template" && template_depth_ == 0)
            template_depth_ = depth_;
        else if (word == "par" || word == "line" || word == "fldrslt")
            text_ += ' ';
    }

    void finish_object()
    {
        if (!is_object_)
            return;
        is_object_ = false;
        high_ = -1;
        facts_.has_embedded_files = facts_.has_embedded_files || !object_.empty();
        std::string lower;
        std::ranges::transform(object_.substr(0, 512), std::back_inserter(lower), mail::to_lower);
        if (lower.contains("equation"))
            facts_.has_script = true;
        if (lower.contains("ole2link"))
            facts_.has_external_template = true;
        auto file = unpack_object(object_);
        const auto storage = object_.find("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
        if (storage != object_.npos) {
            auto inner = read_ole(std::string_view{object_}.substr(storage), limits_);
            facts_.has_external_template
                = facts_.has_external_template || inner.has_external_template;
            if (file)
                inner.embedded.clear(); // they are found in the file
            facts_.take(std::move(inner), limits_);
        }
        if (file)
            facts_.embed(std::move(*file), limits_);
        object_.clear();
    }

    void add_link(std::string target)
    {
        if (target.contains("://") && facts_.links.size() < limits_.links)
            facts_.links.emplace_back(mail::trimmed(target));
    }

    /// Fields: HYPERLINK "http://…", DDEAUTO …, INCLUDETEXT "…".
    void read_text()
    {
        const std::string_view text = text_;
        for (auto at = text.find("HYPERLINK"); at != text.npos;
             at = text.find("HYPERLINK", at + 9)) {
            const auto field = text.substr(at, 2048);
            const auto open = field.find('"');
            const auto close = field.find('"', open == field.npos ? open : open + 1);
            if (close != field.npos)
                add_link(std::string{field.substr(open + 1, close - open - 1)});
        }
        for (const std::string_view field :
             {"DDEAUTO", "INCLUDETEXT \"http", "INCLUDEPICTURE \"http"})
            if (text.contains(field))
                facts_.has_external_template = true;
    }

    std::string_view rest_;
    const Limits& limits_;
    DocumentFacts facts_;
    int depth_ = 0, object_depth_ = 0, template_depth_ = 0, high_ = -1;
    bool is_object_ = false;
    std::string object_, template_, text_;
};
}

DocumentFacts read_rtf(std::string_view bytes, const Limits& limits)
{
    return RichText{bytes, limits}.read();
}
}
