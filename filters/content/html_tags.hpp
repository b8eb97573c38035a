// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/html_tokenizer.hpp"

#include <cstdint>
#include <string_view>

namespace filters::content {
/// What reading needs to know of an element's name (HTML §13.1.2, §13.2.6).
struct HtmlTag {
    enum Trait : std::uint32_t {
        is_void = 1 << 0, ///< has no content and no end tag
        is_block = 1 << 1, ///< shown on lines of its own
        is_formatting = 1 << 2, ///< goes on behind a block's end that stands in it
        closes_paragraph = 1 << 3,
        is_scope = 1 << 4, ///< end tags inside do not reach elements outside
        is_cell = 1 << 5,
        is_unshown = 1 << 6, ///< its text is no text for readers: scripts, styles, fallbacks
        is_breakout = 1 << 7, ///< ends SVG and MathML around it
        is_foreign_root = 1 << 8,
        is_integration = 1 << 9, ///< HTML again inside of SVG and MathML
        is_row = 1 << 10,
        is_item = 1 << 11, ///< its start closes an open element of the same name in the same list
    };
    std::string_view name;
    std::uint32_t traits = 0;
    HtmlTokenizer::Mode mode = HtmlTokenizer::Mode::data;
    bool has(Trait trait) const { return (traits & trait) != 0; }
};

/// The tag of that name (lower case); one without traits for names HTML does not know.
const HtmlTag& find_tag(std::string_view name);
}
