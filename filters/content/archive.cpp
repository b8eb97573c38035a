// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive.hpp"

#include "filters/content/text.hpp"
#include "filters/content/zip_directory.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <clocale>
#include <memory>
#include <utility>

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

struct Free {
    void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, Free>;

enum class Reading { directory, entry_by_entry, single_file };

/// Formats and filters by name: "all" would include some that start programs or open files.
Reader make_reader(Reading reading)
{
    Reader reader{archive_read_new()};
    if (!reader)
        throw std::bad_alloc{};
    auto* const r = reader.get();
    for (const auto support : {archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
                               archive_read_support_filter_compress, archive_read_support_filter_xz,
                               archive_read_support_filter_lzma, archive_read_support_filter_lzip,
                               archive_read_support_filter_zstd, archive_read_support_filter_lz4,
                               archive_read_support_filter_rpm})
        support(r);
    if (reading == Reading::single_file) {
        archive_read_support_format_raw(r);
        return reader;
    }
    if (reading == Reading::entry_by_entry) {
        archive_read_support_format_zip_streamable(r);
        return reader;
    }
    for (const auto support : {archive_read_support_format_zip, archive_read_support_format_7zip,
                               archive_read_support_format_rar, archive_read_support_format_rar5,
                               archive_read_support_format_tar, archive_read_support_format_cab,
                               archive_read_support_format_iso9660, archive_read_support_format_lha,
                               archive_read_support_format_xar, archive_read_support_format_cpio,
                               archive_read_support_format_ar})
        support(r);
    return reader;
}

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
         const std::function<void(const ArchiveEntry&)>& take)
        : bytes_{bytes}, budget_{budget}, oddities_{oddities}, take_{take}
    { }

    /// False: nothing could be opened.
    bool run(Reading reading)
    {
        reader_ = make_reader(reading);
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
            if (reading == Reading::single_file && archive_filter_count(reader_.get()) < 2)
                return false;
            is_opened = true;
            read(entry, reading);
        }
        return true;
    }

private:
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

    void read(archive_entry* header, Reading reading)
    {
        if (budget_.entries == 0)
            return over("archives have too many entries");
        --budget_.entries;
        if (archive_entry_filetype(header) == AE_IFDIR)
            return;
        ArchiveEntry entry;
        entry.name = reading == Reading::single_file ? std::string{} : name_of(header);
        if (archive_entry_size_is_set(header) != 0)
            entry.size
                = static_cast<std::size_t>(std::max<la_int64_t>(0, archive_entry_size(header)));
        entry.is_encrypted = archive_entry_is_encrypted(header) != 0;
        data_.clear();
        if (!entry.is_encrypted)
            entry.is_cut = !read_data();
        entry.bytes = data_;
        take_(entry);
    }

    /// False: not all of it.
    bool read_data()
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
            if (octets > budget_.bytes || data_.size() + octets > longest_entry) {
                over("archives unpack to too much");
                return false;
            }
            if (unpacked_ > ratio_counts_from && unpacked_ / budget_.ratio > bytes_.size()) {
                over("an archive unpacks to far more than it is");
                return false;
            }
            budget_.bytes -= octets;
            data_.append(block.data(), octets);
        }
    }

    std::string_view bytes_;
    ArchiveBudget& budget_;
    Oddities& oddities_;
    const std::function<void(const ArchiveEntry&)>& take_;
    Reader reader_;
    std::string data_;
    std::size_t unpacked_ = 0;
    bool is_over_ = false, has_unreadable_ = false;
};
}

ArchiveBudget::ArchiveBudget(const Limits& limits)
    : entries{limits.archive_entries}, bytes{limits.archive_bytes}, ratio{limits.archive_ratio},
      depth{limits.archive_depth}
{ }

bool walk_archive(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
                  const std::function<void(const ArchiveEntry&)>& take)
{
    const Utf8Locale locale;
    const auto directory = read_zip_directory(bytes, budget.entries);
    if (directory.entries > budget.entries) {
        oddities.push_back({"over_limit", "archives have too many entries", true});
        return true;
    }
    if (directory.is_overlapping) {
        oddities.push_back({"over_limit", "entries of a zip share their octets", true});
        return true;
    }
    Walk walk{bytes, budget, oddities, take};
    if (directory.is_ambiguous) {
        oddities.push_back({"ambiguous_structure", "a zip's directory differs from its entries"});
        Walk{bytes, budget, oddities, take}.run(Reading::entry_by_entry);
        for (const auto& name : directory.other_names) {
            if (budget.entries == 0)
                break;
            --budget.entries;
            take({.name = to_name(name), .bytes = {}});
        }
    }
    return walk.run(Reading::directory) || walk.run(Reading::single_file) || directory.is_ambiguous;
}
}
