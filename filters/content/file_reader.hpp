// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"

#include <string_view>

namespace filters::content {
/// Finds out what a file's octets are and what is inside of it, and adds that to a `Content`.
class FileReader {
public:
    explicit FileReader(Content& content) : content_{content} { }
    /// A leaf part; `bytes` are decoded.
    void add(File file, std::string_view bytes);
    /// A part whose content is read elsewhere.
    void add_opened(File file, std::string_view bytes, Kind kind);

private:
    Content& content_;
};
}
