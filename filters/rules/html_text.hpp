// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// An HTML text as SpamAssassin's rules know it: all text in the order it stands, also what nobody
/// sees; paragraphs are empty lines. Differs from content::read_html on purpose.
struct HtmlText {
    struct Uri {
        std::string target; ///< as written, character references decoded
        std::string tag; ///< "a", "img" …; or "data-saferedirecturl"
        std::string text; ///< of anchors, what stands in them
    };
    struct Picture {
        std::string target;
        std::uint32_t width = 0, height = 0;
    };
    std::string text;
    std::vector<Uri> uris;
    std::string base;
    std::string title;
    std::vector<std::string> comments; ///< with "<!" and ">"
    /// By name, of all tags that stand there: how many are open in the end. An end tag of what is
    /// not open closes nothing.
    std::map<std::string, std::uint32_t, std::less<>> open;
    std::uint32_t tags = 0, extra_ends = 0; ///< all tags; end tags that close nothing
    std::uint32_t elements = 0;
    std::vector<Picture> pictures;
    std::size_t visible_characters = 0; ///< that are no blanks
    std::size_t source_characters = 0;
    std::uint32_t obfuscating_comments = 0; ///< in the middle of a word
    std::uint32_t bad_tags = 0; ///< names that HTML does not know
    /// As HtmlFonts says.
    bool has_low_contrast = false, has_bad_face = false, has_invalid_colour = false;
    bool has_form = false, has_script = false, has_embeds = false, has_event_handlers = false;
    bool is_cut = false; ///< an end tag is missing: "<html>" without "</html>"
    std::string charsets; ///< of <meta>
    std::size_t title_count = 0;
    double largest_font = 0; ///< <font size>, 3 is the usual one
};
/// Linear; at most `limit` octets of text and 2,000 links.
HtmlText render_html(std::string_view utf8, std::size_t limit);
}
