// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/html_text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// The links of a message as uri tests see them: each as written, and again in the forms that a
/// program would make of it (percent signs resolved, relative ones completed, what a redirector
/// leads to); each once, at most 3,000.
class UriList {
public:
    void add_html(const HtmlText& html);
    /// Links and addresses in text that people read.
    void add_text(std::string_view text);
    std::vector<std::string> take();

private:
    void add(std::string uri);
    void add_with_forms(std::string uri);
    /// What a redirector leads to.
    void add_targets(std::string_view uri);
    std::vector<std::string> uris_;
    std::size_t octets_ = 0; ///< of them
};
}
