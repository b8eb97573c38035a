// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// An attribute as it stands: any case, character references not decoded.
struct HtmlAttribute {
    std::string_view name, value;
};

struct HtmlToken {
    enum class Kind { text, start, end, comment, doctype, finish } kind = Kind::finish;
    /// Of texts, comments and doctypes what they hold, as it stands. Texts come in any number of
    /// pieces.
    std::string_view text;
    bool has_references = false; ///< of texts: character references count in it
    bool is_self_closing = false;
    bool is_unclosed = false; ///< a comment that only the end of the input ends
    std::string name; ///< of tags, lower case
    std::vector<HtmlAttribute> attributes; ///< the first `attribute_limit` ones, names may repeat
    bool is_over_limit = false; ///< there were more

    /// The first attribute of that name (lower case), or nullptr.
    const HtmlAttribute* find(std::string_view attribute) const;
};

/// WHATWG's tokenizer (HTML §13.2.5) over UTF-8. What the tree builder decides there is said by
/// the caller: after a start tag the mode, and whether CDATA sections exist. Differences: no
/// normalisation of line ends and NUL. Linear for every input: each octet is passed once.
class HtmlTokenizer {
public:
    enum class Mode { data, rcdata, rawtext, script, plaintext };
    HtmlTokenizer(std::string_view html, std::size_t attribute_limit)
        : html_{html}, attribute_limit_{attribute_limit}
    { }
    /// The next token; valid until the next call. Kind::finish at the end, again and again.
    const HtmlToken& next();
    /// Up to the end tag of the start tag that came last, its content is of that mode.
    void set_mode(Mode mode) { mode_ = mode; }
    /// The element around is one of SVG or MathML.
    void set_foreign(bool is_foreign) { is_foreign_ = is_foreign; }

private:
    const HtmlToken& text_until(std::size_t end, bool has_references);
    const HtmlToken& comment_until(std::size_t end, std::size_t behind);
    const HtmlToken& markup();
    const HtmlToken& declaration();
    const HtmlToken& comment();
    const HtmlToken& tag(HtmlToken::Kind kind);
    const HtmlToken& bogus_comment();
    const HtmlToken& finish();
    bool read_attribute();
    std::string_view read_value();
    std::size_t find_markup(std::size_t from) const;
    std::size_t find_end_tag() const;
    std::size_t find_script_end() const;
    bool is_tag_at(std::size_t at, std::string_view name) const;
    void skip_blanks();
    void reset(HtmlToken::Kind kind);
    bool is_at_end() const { return at_ >= html_.size(); }

    std::string_view html_;
    std::size_t attribute_limit_;
    std::size_t at_ = 0;
    Mode mode_ = Mode::data;
    bool is_foreign_ = false;
    std::string last_start_;
    HtmlToken token_;
};
}
