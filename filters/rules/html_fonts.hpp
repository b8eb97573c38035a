// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/css.hpp"
#include "filters/content/html_tokenizer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// Colours, faces and sizes of an HTML text as SpamAssassin's tests look at them: style attributes
/// of few elements, <font>, and the text colour of <body>; no style sheets, no bgcolor. Linear but
/// for nesting, which is bounded.
class HtmlFonts {
public:
    void start(const content::HtmlToken& token);
    void end(std::string_view tag);
    /// Text that is no blank stands here.
    void see_text();

    bool has_low_contrast() const { return has_low_contrast_; }
    bool has_bad_face() const { return has_bad_face_; } ///< <font face> that is no name
    bool has_invalid_colour() const { return has_invalid_colour_; } ///< that names none, of text
    double largest() const { return largest_; } ///< <font size>, 3 is the usual one

private:
    /// nullopt: nobody knows which.
    using Colour = std::optional<content::Colour>;
    struct Element {
        std::string tag;
        Colour colour, background;
    };
    void close_cell(std::string_view tag);
    void read_style(std::string_view css, Element& element);
    void read_font(const content::HtmlToken& token, Element& element);
    const Element& innermost() const;

    std::vector<Element> open_;
    bool has_low_contrast_ = false, has_bad_face_ = false, has_invalid_colour_ = false;
    double largest_ = 0;
};
}
