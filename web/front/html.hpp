// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/html_text.hpp"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace front {
/// A piece of a page. Made of templates that the program's own text holds; whatever else comes in
/// is escaped. There is no way to turn a string into markup.
class Html {
public:
    const std::string& str() const { return text_; }
    bool empty() const { return text_.empty(); }
    Html& operator+=(const Html& more)
    {
        text_ += more.text_;
        return *this;
    }

private:
    template <std::size_t> friend class Template;
    std::string text_;
};

/// A page's own text with "{}" where values go: known when the program is compiled, and checked
/// then. A value stands in text or in a quoted attribute, never in a tag, a script or a style.
template <std::size_t values> class Template {
public:
    template <std::size_t size>
    consteval Template(const char (&text)[size]) : text_{text, size - 1} // NOLINT: meant to convert
    {
        std::size_t found = 0;
        for (auto at = text_.find("{}"); at != text_.npos; at = text_.find("{}", at + 2)) {
            ++found;
            if (at > 0 && text_[at - 1] == '=')
                throw "a value of an attribute stands in quotes";
        }
        if (found != values)
            throw "as many values as places for them";
        if (text_.contains("<script") || text_.contains("<style") || text_.contains(" style="))
            throw "pages have no scripts or styles of their own";
    }
    template <class... Value> Html with(const Value&... value) const
    {
        Html page;
        std::string_view rest = text_;
        (put(page, rest, piece(value)), ...);
        page.text_ += rest;
        return page;
    }

private:
    static const std::string& piece(const Html& html) { return html.text_; }
    static std::string piece(std::string_view text) { return mail::escaped_html(text); }
    template <std::integral Number> static std::string piece(Number number)
    {
        return std::to_string(number);
    }
    static void put(Html& page, std::string_view& rest, const std::string& value)
    {
        const auto at = rest.find("{}");
        page.text_ += rest.substr(0, at);
        page.text_ += value;
        rest.remove_prefix(at + 2);
    }
    std::string_view text_;
};

/// `html("<p class=\"{}\">{}</p>", kind, text)`.
template <class... Value>
Html html(std::type_identity_t<Template<sizeof...(Value)>> form, const Value&... value)
{
    return form.with(value...);
}
}
