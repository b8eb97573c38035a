// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/css.hpp"
#include "filters/content/html_tags.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
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
    const Shown& shown();
    /// The innermost link that is open, or no_link.
    int link();
    bool is_foreign() { return foreign_roots_ > 0 && shown().is_foreign; }

private:
    struct Element {
        std::size_t id; ///< of the name; `removed` if its end tag came out of order
        const HtmlTag* tag;
        Style style;
        int link; ///< that it is, or no_link
        int around; ///< the innermost one here
        Shown shown;
    };
    static constexpr std::size_t removed = 0;
    static std::size_t id_of(std::string_view name);
    void push(Element element);
    void truncate(std::size_t size);
    void forget(const Element& element);
    void close_from(std::size_t index);
    void close_nearest(std::size_t id);
    void remove(std::size_t index);
    void compute();
    std::uint16_t& count(std::size_t id) { return counts_[id % counts_.size()]; }
    template <typename Ends> std::size_t find(std::size_t id, Ends ends);

    std::size_t limit_;
    std::size_t over_ = 0; ///< elements beyond the limit that are not closed yet
    Shown outermost_;
    std::vector<Element> open_;
    std::size_t computed_ = 0; ///< so many of them know how text is shown in them
    std::size_t foreign_roots_ = 0;
    std::array<std::uint16_t, 512> counts_{}; ///< open elements by the hash of their names
};
}
