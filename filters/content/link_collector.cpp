// SPDX-License-Identifier: Apache-2.0
#include "filters/content/link_collector.hpp"

#include "filters/content/url.hpp"

#include <algorithm>
#include <array>

namespace filters::content {
namespace {
constexpr std::size_t longest_written = 4096, longest_text = 1024;

// Places inside of the message, and addresses of people: they lead to no page.
bool leads_nowhere(const Url& url)
{
    static constexpr std::array<std::string_view, 6> schemes{"cid", "mid", "mailto",
                                                             "tel", "sms", "about"};
    return std::ranges::count(schemes, url.scheme) > 0;
}
}

void LinkCollector::add(Link link, const Url* base)
{
    if (looks_left_ == 0) {
        is_over_limit_ = true;
        return;
    }
    --looks_left_;
    auto url = parse_url(link.written, base);
    if (!url || leads_nowhere(*url))
        return;
    std::string key = url->to_string();
    key += '\n';
    key += static_cast<char>('0' + static_cast<int>(link.kind));
    key += link.text;
    if (known_.contains(key))
        return;
    if (links_.size() >= limits_.links) {
        is_over_limit_ = true;
        return;
    }
    known_.insert(std::move(key));
    link.url = std::move(*url);
    links_.push_back(std::move(link));
}

void LinkCollector::add_text(std::string_view utf8, Link::Source source)
{
    for (auto& found : find_urls(utf8, looks_left_ + 1))
        add({.source = source, .written = found.written.substr(0, longest_written)}, nullptr);
}

void LinkCollector::add_html(const Html& html)
{
    const auto base = html.base.empty() ? std::nullopt : parse_url(html.base);
    for (const auto& found : html.links)
        add({.source = Link::Source::html,
             .kind = found.kind,
             .written = found.target.substr(0, longest_written),
             .text = found.text.substr(0, longest_text),
             .is_hidden = found.is_hidden},
            base ? &*base : nullptr);
    // What reads like a link is taken for one, in HTML too.
    add_text(html.visible, Link::Source::text);
}

void LinkCollector::add(std::string_view written, Link::Source source)
{
    add({.source = source, .written = std::string{written.substr(0, longest_written)}}, nullptr);
}
}
