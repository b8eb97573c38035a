// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/archive.hpp"
#include "filters/content/content.hpp"
#include "filters/content/limits.hpp"
#include "filters/content/link_collector.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// Finds out what a file's octets are and what is inside of it, and adds that to a `Content`:
/// files in archives (to `limits.archive_depth`), what documents carry, pictures, links. One object
/// for all files of a message, whose budgets they share.
class FileReader {
public:
    FileReader(const Limits& limits, Content& content, LinkCollector& links);
    /// A leaf part; `bytes` are decoded.
    void add(File file, std::string_view bytes);
    /// A part whose content is read elsewhere.
    void add_opened(File file, std::string_view bytes, Kind kind);

private:
    /// An archive that was found inside of another one.
    struct Nested {
        std::string path, bytes;
        unsigned depth = 0;
        bool is_alternative = false;
    };
    void examine(File& file, std::string_view bytes);
    void read_document(File& file, const DocumentFacts& facts);
    void read_page(const File& file, std::string_view bytes);
    void read_picture_in(File& file, std::string_view bytes);
    void unpack(File& archive, std::string_view bytes);
    void add_entry(const File& archive, const ArchiveEntry& entry, bool& has_encrypted);
    void add_oddities(const File& file, const Oddities& oddities);

    const Limits& limits_;
    Content& content_;
    LinkCollector& links_;
    ArchiveBudget budget_;
    DocumentBudget documents_;
    std::size_t pixels_left_;
    std::size_t page_bytes_left_; ///< of HTML in files
    std::vector<Nested> nested_;
};
}
