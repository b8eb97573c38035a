// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/html.hpp"
#include "filters/content/html_elements.hpp"
#include "filters/content/html_tokenizer.hpp"
#include "filters/content/seen_text.hpp"

namespace filters::content {
/// Turns the tokens of one HTML text into what is shown of it and where it leads.
class HtmlReader {
public:
    HtmlReader(std::string_view html, const Limits& limits) : html_{html}, limits_{limits} { }
    Html read();

private:
    void run(std::string_view html);
    void take(const HtmlToken& token);
    void take_text(const HtmlToken& token);
    void take_start(const HtmlToken& token, HtmlTokenizer& tokenizer);
    void take_end(const HtmlToken& token);
    void take_comment(const HtmlToken& token);
    void count(const HtmlTag& tag, const HtmlToken& token);
    void note_tag(std::string_view name);
    void separate(const HtmlTag& tag);
    void meta(const HtmlToken& token);
    void base(const HtmlToken& token);
    void picture(const HtmlToken& token, bool is_hidden);
    void other_targets(const HtmlToken& token, bool is_hidden);
    int anchor(const HtmlToken& token, const HtmlTag& tag);
    int add_link(HtmlLink::Kind kind, std::string target, bool is_hidden);
    void add_seen(std::string_view text);
    void flush_link_text();
    Style style_of(const HtmlToken& token, const HtmlTag& tag) const;
    std::string_view decoded(const HtmlToken& token);

    std::string_view html_;
    const Limits& limits_;
    Html out_;
    StyleSheet sheet_;
    HtmlElements elements_{limits_.open_elements};
    SeenText visible_, hidden_, elsewhere_, link_text_;
    int link_ = HtmlElements::no_link; ///< whose text link_text_ is
    const HtmlTag* raw_ = nullptr; ///< the element whose text comes next as one piece
    std::vector<std::string_view> regions_; ///< what only some programs read as HTML
    bool is_elsewhere_ = false, is_unclosed_ = false;
    bool has_many_links_ = false, has_many_attributes_ = false, is_deep_ = false;
    std::string scratch_;
};
}
