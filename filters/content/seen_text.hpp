// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace filters::content {
/// Collects text as a reader sees it: runs of blanks are one blank, blocks stand on lines of their
/// own, an empty line at most.
class SeenText {
public:
    /// False: `text` was blank.
    bool add(std::string_view text);
    /// As it stands (<pre>).
    void add_preformatted(std::string_view text);
    void blank() { has_blank_ = true; }
    void line() { has_line_ = true; }
    std::string take();

private:
    void separate();
    std::string text_;
    bool has_blank_ = false, has_line_ = false;
};
}
