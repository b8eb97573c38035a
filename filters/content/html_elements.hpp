// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/css.hpp"
#include "filters/content/html_tags.hpp"

#include <cstddef>
#include <vector>

namespace filters::content {
/// How text is shown at a place: what all elements around it declare, taken together.
struct Shown {
    bool is_gone = false; ///< not displayed, see-through, out of sight or without size
    bool is_unshown = false; ///< in an element whose text is not for readers
    bool is_invisible = false; ///< visibility
    float font_pixels = 16;
    Colour colour, background{255, 255, 255};
    bool is_background_known = true;
    bool is_foreign = false; ///< in SVG or MathML
    /// A reader sees text here.
    bool is_seen() const;
};

/// The elements that are open, as far as the way text is shown depends on them: implied end tags,
/// formatting that goes on behind a block's end, end tags in the wrong order (HTML §13.2.6).
/// Beyond `limit` nothing is opened.
class HtmlElements {
public:
    static constexpr int no_link = -1;
    explicit HtmlElements(std::size_t limit) : limit_{limit} { }
    /// Closes what a start tag closes by itself.
    void prepare(const HtmlTag& tag);
    /// False: the limit is reached; its content is shown as what is around.
    bool open(const HtmlTag& tag, std::string_view name, const Style& style, int link);
    void close(const HtmlTag& tag, std::string_view name);
    /// Closes what `open` opened last.
    void close_last();
    const Shown& shown() const { return open_.empty() ? outermost_ : open_.back().shown; }
    /// The innermost link that is open, or no_link.
    int link() const { return open_.empty() ? no_link : open_.back().around; }
    bool is_foreign() const { return shown().is_foreign; }

private:
    struct Element {
        std::size_t id; ///< of the name
        const HtmlTag* tag;
        Style style;
        int link; ///< that it is, or no_link
        int around; ///< the innermost one here
        Shown shown;
    };
    static std::size_t id_of(std::string_view name);
    void push(Element element);
    void close_from(std::size_t index);
    void close_nearest(std::size_t id);
    void remove(std::size_t index);
    void compute(std::size_t index);
    template <typename Ends> std::size_t find(std::size_t id, Ends ends) const;

    std::size_t limit_;
    std::size_t over_ = 0; ///< elements beyond the limit that are not closed yet
    Shown outermost_;
    std::vector<Element> open_;
};
}
