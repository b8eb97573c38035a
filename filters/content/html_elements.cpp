// SPDX-License-Identifier: Apache-2.0
#include "filters/content/html_elements.hpp"

#include <algorithm>
#include <functional>

namespace filters::content {
namespace {
constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
/// Formatting elements that go on behind one block's end.
constexpr std::size_t most_reopened = 8;

bool is_scope(const HtmlTag& tag) { return tag.has(HtmlTag::is_scope); }
bool is_table(const HtmlTag& tag) { return tag.name == "table"; }
bool is_never(const HtmlTag&) { return false; }
/// An item does not end the item of a list around its own list.
bool ends_list(const HtmlTag& tag)
{
    return is_scope(tag)
        || (tag.has(HtmlTag::is_block) && !tag.has(HtmlTag::is_item) && tag.name != "div"
            && tag.name != "p");
}

Shown inside(Shown shown, const HtmlTag& tag, const Style& style)
{
    const bool is_box = tag.has(HtmlTag::is_block) || tag.has(HtmlTag::is_cell);
    // Tables and their cells grow with what is in them.
    const bool is_sized = is_box && !tag.has(HtmlTag::is_cell) && !tag.has(HtmlTag::is_row)
        && !tag.has(HtmlTag::is_scope);
    if (!style.is_displayed.value_or(true) || style.is_see_through.value_or(false)
        || style.is_away(is_box) || style.has_no_size(is_sized))
        shown.is_gone = true;
    if (tag.has(HtmlTag::is_unshown) && !shown.is_foreign)
        shown.is_unshown = true;
    if (style.is_visible)
        shown.is_invisible = !*style.is_visible;
    if (style.font_pixels)
        shown.font_pixels = *style.font_pixels;
    else if (style.font_factor)
        shown.font_pixels *= *style.font_factor;
    if (style.colour)
        shown.colour = *style.colour;
    if (style.background && !style.background->is_transparent) {
        shown.background = *style.background;
        shown.is_background_known = true;
    }
    if (style.has_background_picture.value_or(false))
        shown.is_background_known = false;
    if (tag.has(HtmlTag::is_foreign_root))
        shown.is_foreign = true;
    else if (tag.has(HtmlTag::is_integration))
        shown.is_foreign = false;
    return shown;
}
}

bool Shown::is_seen() const
{
    constexpr float least_pixels = 1.5F;
    return !is_gone && !is_unshown && !is_invisible && font_pixels >= least_pixels
        && !colour.is_transparent && !(is_background_known && colour.is_like(background));
}

std::size_t HtmlElements::id_of(std::string_view name)
{
    return std::hash<std::string_view>{}(name) | 1;
}

/// The innermost open element of that name, unless one that `ends` the search stands in between.
template <typename Ends> std::size_t HtmlElements::find(std::size_t id, Ends ends)
{
    if (count(id) == 0)
        return nowhere;
    for (std::size_t i = open_.size(); i-- > 0;) {
        if (open_[i].id == id)
            return i;
        if (ends(*open_[i].tag))
            return nowhere;
    }
    return nowhere;
}

void HtmlElements::compute()
{
    for (; computed_ < open_.size(); ++computed_) {
        auto& element = open_[computed_];
        const auto* const around = computed_ == 0 ? nullptr : &open_[computed_ - 1];
        element.shown
            = inside(around == nullptr ? outermost_ : around->shown, *element.tag, element.style);
        element.around = element.link != no_link ? element.link
            : around == nullptr                  ? no_link
                                                 : around->around;
    }
}

const Shown& HtmlElements::shown()
{
    compute();
    return open_.empty() ? outermost_ : open_.back().shown;
}

int HtmlElements::link()
{
    compute();
    return open_.empty() ? no_link : open_.back().around;
}

void HtmlElements::push(Element element)
{
    ++count(element.id);
    foreign_roots_ += element.tag->has(HtmlTag::is_foreign_root);
    open_.push_back(std::move(element));
}

void HtmlElements::forget(const Element& element)
{
    if (element.id == removed)
        return;
    --count(element.id);
    foreign_roots_ -= element.tag->has(HtmlTag::is_foreign_root);
}

void HtmlElements::truncate(std::size_t size)
{
    while (open_.size() > size) {
        forget(open_.back());
        open_.pop_back();
    }
    computed_ = std::min(computed_, size);
}

/// Formatting elements that stand inside of what is closed go on behind it, unless a cell ends.
void HtmlElements::close_from(std::size_t index)
{
    std::vector<Element> reopened;
    if (!open_[index].tag->has(HtmlTag::is_scope))
        for (std::size_t i = index + 1; i < open_.size() && reopened.size() < most_reopened; ++i)
            if (open_[i].tag->has(HtmlTag::is_formatting))
                reopened.push_back(open_[i]);
    truncate(index);
    for (auto& element : reopened)
        push(std::move(element));
}

/// It stays as an element that declares nothing: to move what is above it costs too much.
void HtmlElements::remove(std::size_t index)
{
    if (index + 1 == open_.size())
        return truncate(index);
    forget(open_[index]);
    open_[index] = {removed, &find_tag(""), {}, no_link, no_link, {}};
    computed_ = std::min(computed_, index);
}

void HtmlElements::close_nearest(std::size_t id)
{
    if (const auto index = find(id, is_scope); index != nowhere)
        close_from(index);
}

void HtmlElements::prepare(const HtmlTag& tag)
{
    static const std::size_t paragraph = id_of("p"), anchor = id_of("a"), dd = id_of("dd"),
                             dt = id_of("dt");
    if (tag.has(HtmlTag::is_breakout) && is_foreign())
        while (is_foreign())
            truncate(open_.size() - 1);
    if (tag.has(HtmlTag::closes_paragraph))
        close_nearest(paragraph);
    if (tag.has(HtmlTag::is_item)) {
        const bool is_term = tag.name == "dd" || tag.name == "dt";
        for (const std::size_t id : {is_term ? dd : id_of(tag.name), is_term ? dt : nowhere})
            if (const auto index = find(id, ends_list); index != nowhere)
                close_from(index);
    }
    if (tag.name == "a" && link() != no_link)
        if (const auto index = find(anchor, is_never); index != nowhere)
            remove(index);
    if (!tag.has(HtmlTag::is_cell) && !tag.has(HtmlTag::is_row))
        return;
    // A cell ends the cell before it; a row or group the row.
    for (std::size_t i = open_.size(); i-- > 0;) {
        const HtmlTag& outer = *open_[i].tag;
        if (outer.has(HtmlTag::is_cell) || (tag.has(HtmlTag::is_row) && outer.name == "tr"))
            truncate(i);
        else if (outer.has(HtmlTag::is_scope))
            return;
    }
}

bool HtmlElements::open(const HtmlTag& tag, std::string_view name, const Style& style, int link)
{
    if (open_.size() >= limit_) {
        ++over_;
        return false;
    }
    push({id_of(name), &tag, style, link, no_link, {}});
    return true;
}

void HtmlElements::close_last()
{
    if (over_ > 0)
        --over_;
    else if (!open_.empty())
        truncate(open_.size() - 1);
}

void HtmlElements::close(const HtmlTag& tag, std::string_view name)
{
    if (over_ > 0) {
        --over_;
        return;
    }
    const std::size_t id = id_of(name);
    if (tag.has(HtmlTag::is_formatting)) {
        if (const auto index = find(id, is_scope); index != nowhere)
            remove(index);
    } else if (tag.has(HtmlTag::is_scope) || tag.has(HtmlTag::is_row)) {
        if (const auto index = find(id, is_table); index != nowhere)
            close_from(index);
    } else
        close_nearest(id);
}
}
