// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive.hpp"

#include "filters/content/archive_formats.hpp"
#include "filters/content/seven_zip.hpp"
#include "filters/content/text.hpp"
#include "filters/content/zip_directory.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <clocale>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace filters::content {
namespace {
constexpr std::size_t longest_entry = 64U << 20, longest_name = 1024;
/// Below that a ratio says nothing: a page of blanks packs a thousandfold.
constexpr std::size_t ratio_counts_from = 1U << 20;

/// libarchive turns names into the locale's charset; C.UTF-8 is built into glibc.
class Utf8Locale {
public:
    Utf8Locale() : before_{uselocale(utf8())} { }
    ~Utf8Locale() { uselocale(before_); }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

private:
    static locale_t utf8()
    {
        static const locale_t all = newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
        return all;
    }
    locale_t before_;
};

/// Names of old zips are in the maker's code page, which nothing tells: Japanese where it can be.
std::string to_name(std::string_view text)
{
    text = text.substr(0, longest_name);
    if (mail::is_utf8(text))
        return std::string{text};
    const auto beyond = std::ranges::count_if(text, [](char c) { return (c & 0x80) != 0; });
    return to_utf8(text, beyond > 2 ? "shift_jis" : "", longest_name).utf8;
}

std::string name_of(archive_entry* entry)
{
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr)
        name = archive_entry_pathname_utf8(entry);
    return to_name(name == nullptr ? "" : name);
}

class Walk {
public:
    Walk(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
         std::function<void(const ArchiveEntry&)> take)
        : bytes_{bytes}, budget_{budget}, oddities_{oddities}, take_{std::move(take)}
    { }

    /// Entry by entry, as one format; no filter, so that what is passed over is no longer than what
    /// was given. False: nothing could be opened.
    bool run(Support format)
    {
        reader_ = make_reader(std::span{&format, 1});
        if (archive_read_open_memory(reader_.get(), bytes_.data(), bytes_.size()) < ARCHIVE_WARN)
            return false;
        bool is_opened = false;
        archive_entry* entry = nullptr;
        while (!is_over_) {
            const int result = archive_read_next_header(reader_.get(), &entry);
            if (result == ARCHIVE_EOF)
                return is_opened || !is_maybe_tar();
            if (result < ARCHIVE_WARN)
                return broken(is_opened);
            is_opened = true;
            read(entry);
        }
        return is_opened;
    }

    /// What compressed octets unpack to, as far as that goes; nullopt: they are not compressed.
    std::optional<std::string> unpack()
    {
        reader_ = make_reader(archive_filters);
        archive_read_support_format_raw(reader_.get());
        archive_read_support_format_empty(reader_.get());
        archive_entry* entry = nullptr;
        if (archive_read_open_memory(reader_.get(), bytes_.data(), bytes_.size()) < ARCHIVE_WARN
            || archive_filter_count(reader_.get()) < 2)
            return {};
        const bool is_broken = archive_errno(reader_.get()) != 0;
        if (compressions() > 1) {
            over("a file is compressed more than once");
            return std::string{};
        }
        const int result = archive_read_next_header(reader_.get(), &entry);
        if (result == ARCHIVE_EOF && !is_broken)
            return std::string{};
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
            return {};
        // At once what it may become, for growing would hold it twice; only what is used is kept.
        data_.reserve(std::min(budget_.compressed, bytes_.size() * budget_.ratio));
        read_data(budget_.compressed);
        data_.shrink_to_fit();
        budget_.compressed -= data_.size();
        return std::move(data_);
    }

    bool is_over() const { return is_over_; }
    /// Octets of the targets of links in zips.
    std::size_t links() const { return links_; }

private:
    int compressions() const
    {
        int count = 0;
        for (int i = 0; i < archive_filter_count(reader_.get()); ++i) {
            const int code = archive_filter_code(reader_.get(), i);
            count += code != ARCHIVE_FILTER_NONE && code != ARCHIVE_FILTER_RPM ? 1 : 0;
        }
        return count;
    }

    /// An empty one may be anything that unpacks to zeros.
    bool is_maybe_tar() const
    {
        const int format = archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK;
        return format == 0 || format == ARCHIVE_FORMAT_TAR;
    }

    void over(std::string_view what)
    {
        is_over_ = true;
        oddities_.push_back({"over_limit", std::string{what}, true});
    }

    bool broken(bool is_opened)
    {
        if (archive_read_has_encrypted_entries(reader_.get()) == 1) {
            take_({.name = {}, .is_encrypted = true, .bytes = {}});
            return true;
        }
        if (is_opened)
            oddities_.push_back({"unreadable", "an archive is damaged", true});
        return is_opened;
    }

    void read(archive_entry* header)
    {
        if (budget_.entries == 0)
            return over("archives have too many entries");
        --budget_.entries;
        const bool is_folder = archive_entry_filetype(header) == AE_IFDIR;
        const bool is_zip
            = (archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
        if (is_folder && archive_entry_size(header) <= 0)
            return;
        ArchiveEntry entry;
        entry.name = name_of(header);
        if (archive_entry_size_is_set(header) != 0)
            entry.size
                = static_cast<std::size_t>(std::max<la_int64_t>(0, archive_entry_size(header)));
        entry.is_encrypted = archive_entry_is_encrypted(header) != 0;
        data_.clear();
        if (!entry.is_encrypted)
            entry.is_cut = !read_data(std::min(budget_.bytes, longest_entry));
        // Some programs make a file of a folder with octets, which are not given to us in zips.
        if (is_folder && data_.empty()) {
            if (!is_zip)
                return;
            oddities_.push_back({"unreadable", "a folder in an archive has octets", true});
        }
        // And of a link, whatever its target is.
        if (is_zip && archive_entry_filetype(header) == AE_IFLNK) {
            const auto* target = archive_entry_symlink(header);
            data_ = target == nullptr ? "" : target;
            links_ += data_.size();
        }
        entry.bytes = data_;
        budget_.bytes -= data_.size();
        take_(entry);
    }

    /// False: not all of it.
    bool read_data(std::size_t limit)
    {
        std::array<char, 64U << 10> block;
        while (true) {
            const auto size = archive_read_data(reader_.get(), block.data(), block.size());
            if (size == 0)
                return true;
            if (size < 0) {
                if (!std::exchange(has_unreadable_, true))
                    oddities_.push_back(
                        {"unreadable", "an archive's entry cannot be unpacked", true});
                return false;
            }
            const auto octets = static_cast<std::size_t>(size);
            unpacked_ += octets;
            if (octets > limit - data_.size()) {
                over("archives unpack to too much");
                return false;
            }
            if (unpacked_ > ratio_counts_from && unpacked_ / budget_.ratio > bytes_.size()) {
                over("an archive unpacks to far more than it is");
                return false;
            }
            data_.append(block.data(), octets);
        }
    }

    std::string_view bytes_;
    ArchiveBudget& budget_;
    Oddities& oddities_;
    std::function<void(const ArchiveEntry&)> take_;
    ArchiveReader reader_;
    std::string data_;
    std::size_t unpacked_ = 0, links_ = 0;
    bool is_over_ = false, has_unreadable_ = false;
};

constexpr std::string_view rar = "Rar!\x1A\x07", seven_zip = "7z\xBC\xAF\x27\x1C";

bool begins_as_one(std::string_view bytes)
{
    return bytes.starts_with(rar) || bytes.starts_with(seven_zip);
}

/// Behind the first octet: what begins with one is an archive by itself.
std::vector<std::size_t> signatures_in(std::string_view bytes)
{
    constexpr std::size_t looked_at = 8U << 20, most = 16;
    const auto head = bytes.substr(0, looked_at);
    std::vector<std::size_t> found;
    for (const auto signature : {rar, seven_zip})
        for (auto at = head.find(signature, 1); at != head.npos && found.size() < most;
             at = head.find(signature, at + 1))
            found.push_back(at);
    return found;
}

class Archive {
public:
    Archive(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
            const std::function<void(const ArchiveEntry&)>& take)
        : bytes_{bytes}, budget_{budget}, oddities_{oddities}, take_{take},
          directory_{read_zip_directory(bytes, budget.entries)}, signatures_{signatures_in(bytes)}
    { }

    /// As every format that some program takes it for. False: it is none.
    bool read()
    {
        const auto list = unpacked_list(bytes_);
        if (list > budget_.compressed) {
            oddities_.push_back({"over_limit", "an archive's list unpacks to too much", true});
            return true;
        }
        budget_.compressed -= static_cast<std::size_t>(list);
        const auto others
            = std::ranges::count_if(archive_formats, [&](Support one) { return walk(one); });
        const bool is_zip = !holds_zip_ && read_zip();
        const auto behind
            = std::ranges::count_if(signatures_, [&](std::size_t at) { return read_behind(at); });
        if (others + (is_zip ? 1 : 0) > 1)
            oddities_.push_back({"ambiguous_structure", "a file is several archives"});
        return others + behind > 0 || is_zip;
    }

private:
    bool walk(Support format)
    {
        if (is_over_)
            return false;
        Walk walk{bytes_, budget_, oddities_, [&](const ArchiveEntry& entry) {
                      note(entry);
                      take_(entry);
                  }};
        const bool is_opened = walk.run(format);
        is_over_ = walk.is_over();
        if (format == archive_read_support_format_zip && walk.links() != directory_.link_octets)
            oddities_.push_back({"unreadable", "links in an archive are none", true});
        return is_opened;
    }

    bool read_zip()
    {
        if (directory_.entries > budget_.entries) {
            oddities_.push_back({"over_limit", "archives have too many entries", true});
            return true;
        }
        if (directory_.is_overlapping) {
            oddities_.push_back({"over_limit", "entries of a zip share their octets", true});
            return true;
        }
        if (directory_.is_ambiguous)
            read_ambiguous_zip();
        return walk(archive_read_support_format_zip) || directory_.is_ambiguous;
    }

    /// RAR and 7-Zip look for theirs behind other octets, too.
    bool read_behind(std::size_t at)
    {
        Walk walk{bytes_.substr(at), budget_, oddities_, take_};
        const auto is_opened = [&](Support format) { return !is_over_ && walk.run(format); };
        const auto list = unpacked_list(bytes_.substr(at));
        if (list > budget_.compressed)
            return false;
        budget_.compressed -= static_cast<std::size_t>(list);
        const bool is_one = is_opened(archive_read_support_format_rar)
            || is_opened(archive_read_support_format_rar5)
            || is_opened(archive_read_support_format_7zip);
        is_over_ = is_over_ || walk.is_over();
        return is_one;
    }

    /// What an archive holds unpacked is found in its entry.
    void note(const ArchiveEntry& entry)
    {
        const auto stands_at
            = [&](std::size_t at) { return bytes_.substr(at).starts_with(entry.bytes); };
        holds_zip_ = holds_zip_
            || (entry.bytes.starts_with("PK\x03\x04") && directory_.begin > 0
                && entry.bytes.size() >= directory_.end - directory_.begin
                && stands_at(directory_.begin));
        if (begins_as_one(entry.bytes))
            std::erase_if(signatures_, stands_at);
    }

    void read_ambiguous_zip()
    {
        oddities_.push_back({"ambiguous_structure", "a zip's directory differs from its entries"});
        walk(archive_read_support_format_zip_streamable);
        for (const auto& name : directory_.other_names) {
            if (budget_.entries == 0)
                break;
            --budget_.entries;
            take_({.name = to_name(name), .bytes = {}});
        }
    }

    std::string_view bytes_;
    ArchiveBudget& budget_;
    Oddities& oddities_;
    const std::function<void(const ArchiveEntry&)>& take_;
    ZipDirectory directory_;
    std::vector<std::size_t> signatures_; ///< where an archive may begin that stands behind others
    bool holds_zip_ = false; ///< as an entry
    bool is_over_ = false;
};

/// False: it is not compressed.
bool read_compressed(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
                     const std::function<void(const ArchiveEntry&)>& take)
{
    Walk walk{bytes, budget, oddities, take};
    const auto unpacked = walk.unpack();
    if (!unpacked || walk.is_over() || Archive{*unpacked, budget, oddities, take}.read())
        return unpacked.has_value();
    if (budget.entries == 0 || unpacked->size() > budget.bytes) {
        oddities.push_back({"over_limit", "archives unpack to too much", true});
        return true;
    }
    --budget.entries;
    budget.bytes -= unpacked->size();
    take({.name = {}, .bytes = *unpacked});
    return true;
}
}

ArchiveBudget::ArchiveBudget(const Limits& limits)
    : entries{limits.archive_entries}, bytes{limits.archive_bytes},
      compressed{limits.archive_bytes}, ratio{limits.archive_ratio}, depth{limits.archive_depth}
{ }

bool walk_archive(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
                  const std::function<void(const ArchiveEntry&)>& take)
{
    const Utf8Locale locale;
    const bool is_archive = Archive{bytes, budget, oddities, take}.read();
    const bool is_compressed = read_compressed(bytes, budget, oddities, take);
    if (is_archive && is_compressed)
        oddities.push_back({"ambiguous_structure", "a file is several archives"});
    return is_archive || is_compressed;
}
}
