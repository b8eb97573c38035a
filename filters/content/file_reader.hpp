// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/archive.hpp"
#include "filters/content/content.hpp"
#include "filters/content/limits.hpp"
#include "filters/content/link_collector.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace filters::content {
/// Finds out what a file's octets are and what is inside of it, and adds that to a `Content`:
/// files in archives and documents (to `limits.archive_depth`), pictures, links. One object
/// for all files of a message, whose budgets they share.
class FileReader {
public:
    FileReader(const Limits& limits, Content& content, LinkCollector& links);
    /// A leaf part; `bytes` are decoded.
    void add(File file, std::string_view bytes);
    /// A part whose content is read elsewhere.
    void add_opened(File file, std::string_view bytes, Kind kind);

private:
    /// How a file is opened that holds others.
    enum class Opening {
        none,
        archive,
        perhaps, ///< as an archive, which its first octets do not tell
        message,
        signed_message,
        tnef
    };
    /// Such a file that was found inside of another one.
    struct Nested {
        File file;
        std::string bytes;
        Opening opening = Opening::none;
    };
    std::vector<Opening> openings_of(const File& file, std::string_view bytes) const;
    Opening opening_of(const File& file, std::string_view bytes) const;
    void examine(File& file, std::string_view bytes);
    void read_as(Kind kind, File& file, std::string_view bytes);
    void read_document(File& file, DocumentFacts facts);
    void add_embedded(const File& carrier, const EmbeddedFile& embedded);
    void read_page(File& file, std::string_view bytes);
    void read_picture_in(File& file, std::string_view bytes);
    void read_attached_text(const File& file, std::string_view bytes);
    void unpack(File& archive, std::string_view bytes, Opening opening);
    bool walk(const File& file, std::string_view bytes, Opening opening, Oddities& oddities,
              const std::function<void(const ArchiveEntry&)>& take);
    void walk_signed(const File& file, std::string_view content, Oddities& oddities,
                     const std::function<void(const ArchiveEntry&)>& take);
    void add_entry(const File& archive, const ArchiveEntry& entry, bool& has_encrypted);
    void add_oddities(const File& file, const Oddities& oddities);

    const Limits& limits_;
    Content& content_;
    LinkCollector& links_;
    ArchiveBudget budget_;
    DocumentBudget documents_;
    std::size_t pixels_left_;
    std::size_t page_bytes_left_; ///< of HTML in files
    std::size_t text_bytes_left_; ///< of texts in files
    std::vector<Nested> nested_;
    std::vector<std::pair<File, EmbeddedFile>> embedded_; ///< with the document that carries it
};
}
