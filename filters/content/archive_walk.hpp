// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/archive.hpp"
#include "filters/content/archive_formats.hpp"
#include "filters/content/rar5.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct archive_entry;

namespace filters::content {
/// A name in an archive as UTF-8.
std::string archive_name(std::string_view text);

/// One pass over an archive or a compressed file with one of libarchive's readers.
class ArchiveWalk {
public:
    using Take = std::function<void(ArchiveEntry&)>;

    ArchiveWalk(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities, Take take)
        : bytes_{bytes}, budget_{budget}, oddities_{oddities}, take_{std::move(take)}
    { }
    void on_entry(Take take) { take_ = std::move(take); }

    /// Entry by entry, as one format; no filter, so that what is passed over is no longer than what
    /// was given. False: nothing could be opened.
    bool run(Support format);
    /// What compressed octets unpack to, as far as that goes; nullopt: they are not compressed.
    /// What is compressed more than once is unpacked once.
    std::optional<std::string> unpack();

    bool is_over() const { return is_over_; }
    /// Where the entries' octets begin, or end where they say where a link leads; of the one that
    /// is being taken the last.
    const std::vector<std::size_t>& places() const { return places_; }

private:
    bool walk(Support format);
    bool open();
    int compressions() const;
    bool open_outermost();
    bool is_maybe_tar() const;
    bool is_zip() const;
    void over(std::string_view what);
    void take_hidden();
    bool broken(bool is_opened);
    void read(archive_entry* header);
    bool read_data(std::size_t limit);

    std::string_view bytes_;
    ArchiveBudget& budget_;
    Oddities& oddities_;
    Take take_;
    ArchiveReader reader_;
    std::string data_;
    std::vector<std::size_t> places_;
    RarSecrets secrets_;
    std::size_t unpacked_ = 0;
    std::size_t before_ = 0; ///< places of passes before
    bool is_over_ = false, has_unreadable_ = false;
};
}
