// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"
#include "filters/content/limits.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// Gathers the links of a message, each target with each text once, at most `limits.links`. Ten
/// times as many are looked at, so that repeating one costs no more.
class LinkCollector {
public:
    explicit LinkCollector(const Limits& limits) : limits_{limits}, looks_left_{10 * limits.links}
    { }
    /// The places in plain text that are taken for links.
    void add_text(std::string_view utf8, Link::Source source);
    void add_html(const Html& html);
    /// One target as it stands in a document or code.
    void add(std::string_view written, Link::Source source);
    std::vector<Link> take() { return std::move(links_); }
    bool is_over_limit() const { return is_over_limit_; }

private:
    void add(Link link, const Url* base);
    const Limits& limits_;
    std::size_t looks_left_;
    std::vector<Link> links_;
    std::set<std::string> known_;
    bool is_over_limit_ = false;
};
}
