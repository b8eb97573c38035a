// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/limits.hpp"
#include "filters/content/oddity.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// A link as it stands in HTML. Character references are decoded; nothing is resolved yet.
struct HtmlLink {
    enum class Kind {
        anchor,
        picture,
        form,
        frame,
        script,
        style,
        refresh,
        other
    } kind
        = Kind::anchor;
    std::string target; ///< href, src, action ... as written
    std::string text; ///< what is seen of it: the anchor's text, a picture's alt
    bool is_hidden = false;
};

/// What a mail program shows of an HTML part, and what it does not.
struct Html {
    std::string visible; ///< UTF-8; blocks are lines, cells and items are blanks apart
    /// Text that a reader does not see: display:none, visibility:hidden, opacity 0, font size 0-1,
    /// text in the colour of what is behind it, moved out of sight, zero sized boxes, comments not.
    std::string hidden;
    /// What only some programs show: Outlook's conditional comments, text behind a comment that
    /// nothing closes.
    std::string elsewhere;
    std::string title;
    std::vector<HtmlLink> links;
    std::string base; ///< <base href>
    /// Names of tags in order, lower case, each run once: structure for learners ("table tr td a").
    std::string tags;
    struct Counts {
        std::uint32_t elements = 0, pictures = 0, remote_pictures = 0, forms = 0, inputs = 0,
                      passwords = 0, scripts = 0, event_handlers = 0, styles = 0, comments = 0,
                      frames = 0, tables = 0;
    } counts;
    Oddities oddities; ///< over_limit; malformed: a comment that nothing closes
    bool is_cut = false;
};
/// Reads HTML as WHATWG's tokenizer does (its states, its character references, its handling of
/// broken markup), with the open elements kept only as far as visibility needs. Linear in the
/// length of `utf8` for every input; never fails.
Html read_html(std::string_view utf8, const Limits& limits);
}
