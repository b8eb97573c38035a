// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive.hpp"

#include "filters/content/archive_formats.hpp"
#include "filters/content/archive_signatures.hpp"
#include "filters/content/archive_walk.hpp"
#include "filters/content/seven_zip.hpp"
#include "filters/content/zip_directory.hpp"

#include <algorithm>
#include <clocale>
#include <span>
#include <vector>

namespace filters::content {
namespace {
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

class Archive {
public:
    Archive(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
            const std::function<void(const ArchiveEntry&)>& take)
        : bytes_{bytes}, budget_{budget}, oddities_{oddities}, take_{take},
          directory_{read_zip_directory(bytes, budget.entries)},
          signatures_{archive_signatures(bytes, most_found)}
    { }

    /// As every format that some program takes it for. False: it is none.
    bool read()
    {
        const bool is_7z = bytes_.starts_with("7z\xBC\xAF\x27\x1C");
        if (is_7z && !pay_for_list(bytes_))
            return true;
        // 7-Zip's list behind other octets is paid for where that is read.
        const auto others = std::ranges::count_if(archive_formats, [&](Support one) {
            return (is_7z || one != archive_read_support_format_7zip) && walk(one);
        });
        const bool is_zip = !holds_zip_ && !is_over_ && read_zip();
        const bool is_behind = read_behind();
        if (others + (is_zip ? 1 : 0) > 1)
            oddities_.push_back({"ambiguous_structure", "a file is several archives"});
        return others > 0 || is_behind || is_zip;
    }

private:
    void over(std::string_view what)
    {
        is_over_ = true;
        oddities_.push_back({"over_limit", std::string{what}, true});
    }

    /// Each time before libarchive unpacks it. False: that is too much.
    bool pay_for_list(std::string_view seven_zip)
    {
        const auto list = unpacked_list(seven_zip);
        if (list > budget_.compressed) {
            over("an archive's list unpacks to too much");
            return false;
        }
        budget_.compressed -= static_cast<std::size_t>(list);
        return true;
    }

    bool walk(Support format)
    {
        if (is_over_)
            return false;
        ArchiveWalk walk{bytes_, budget_, oddities_, {}};
        walk.on_entry([&](ArchiveEntry& entry) {
            const auto place = walk.places().empty() ? 0 : walk.places().back();
            if (format == archive_read_support_format_zip)
                take_target(entry, place);
            note(entry, place);
            take_(entry);
        });
        const bool is_opened = walk.run(format);
        is_over_ = walk.is_over();
        if (format == archive_read_support_format_zip
            || format == archive_read_support_format_zip_streamable)
            places_.insert(places_.end(), walk.places().begin(), walk.places().end());
        return is_opened;
    }

    bool read_zip()
    {
        if (directory_.entries > budget_.entries) {
            over("archives have too many entries");
            return true;
        }
        if (directory_.is_overlapping) {
            over("entries of a zip share their octets");
            return true;
        }
        const bool is_opened = walk(archive_read_support_format_zip);
        if (is_over_)
            return true;
        if (!directory_.is_found) {
            if (is_opened && bytes_.contains("PK\x01\x02"))
                oddities_.push_back({"unreadable", "a zip whose directory is not found", true});
            return is_opened;
        }
        directory_.is_ambiguous = directory_.is_ambiguous || has_others() || has_unread();
        if (directory_.is_ambiguous)
            read_ambiguous_zip();
        check_members();
        return is_opened || directory_.is_ambiguous;
    }

    static bool is_place(const ZipMember& member, std::size_t place)
    {
        return place == member.data || (member.is_link && place == member.data + member.packed);
    }

    bool is_unread(const ZipMember& member) const
    {
        return !std::ranges::binary_search(places_, member.data)
            && !(member.is_link
                 && std::ranges::binary_search(places_, member.data + member.packed));
    }

    bool has_unread()
    {
        std::ranges::sort(places_);
        return std::ranges::any_of(directory_.members,
                                   [&](const ZipMember& one) { return is_unread(one); });
    }

    /// Entries that the directory does not have.
    bool has_others() const
    {
        std::vector<std::size_t> known;
        for (const auto& member : directory_.members) {
            known.push_back(member.data);
            if (member.is_link)
                known.push_back(member.data + member.packed);
        }
        std::ranges::sort(known);
        return std::ranges::any_of(
            places_, [&](std::size_t one) { return !std::ranges::binary_search(known, one); });
    }

    /// What a program that knows no links makes a file of.
    void take_target(ArchiveEntry& entry, std::size_t place)
    {
        for (const auto& member : directory_.members)
            if (member.is_link && member.target && is_place(member, place)) {
                entry.bytes = *member.target;
                return;
            }
    }

    void read_ambiguous_zip()
    {
        oddities_.push_back({"ambiguous_structure", "a zip's directory differs from its entries"});
        walk(archive_read_support_format_zip_streamable);
        for (const auto& name : directory_.other_names)
            take_name(name);
    }

    void check_members()
    {
        if (is_over_)
            return;
        if (directory_.is_contradicted)
            oddities_.push_back(
                {"unreadable", "a zip's entries are not what its directory says", true});
        const auto is_odd
            = [](const ZipMember& one) { return one.is_link && !one.is_encrypted && !one.target; };
        if (std::ranges::any_of(directory_.members, is_odd))
            oddities_.push_back({"unreadable", "links in an archive are none", true});
        if (!has_unread())
            return;
        oddities_.push_back({"unreadable", "files of a zip's directory cannot be read", true});
        for (const auto& member : directory_.members)
            if (is_unread(member))
                take_name(member.name);
    }

    void take_name(std::string_view name)
    {
        if (budget_.entries == 0)
            return;
        --budget_.entries;
        take_({.name = archive_name(name), .bytes = {}});
    }

    /// RAR and 7-Zip look for theirs behind other octets, too. False: there is none.
    bool read_behind()
    {
        bool is_opened = false;
        if (signatures_.size() > most_read && !is_over_)
            over("too many archives behind other octets");
        for (const auto& [at, format] : signatures_) {
            const auto bytes = bytes_.substr(at);
            if (is_over_)
                break;
            if (budget_.entries == 0) {
                over("archives have too many entries");
                break;
            }
            --budget_.entries;
            if (format == archive_read_support_format_7zip && !pay_for_list(bytes))
                break;
            ArchiveWalk walk{bytes, budget_, oddities_, take_};
            is_opened = walk.run(format) || is_opened;
            is_over_ = walk.is_over();
        }
        return is_opened || is_over_;
    }

    /// What an archive holds unpacked is found in its entry, if it opens there.
    void note(const ArchiveEntry& entry, std::size_t place)
    {
        const auto stands_at
            = [&](std::size_t at) { return bytes_.substr(at).starts_with(entry.bytes); };
        holds_zip_ = holds_zip_
            || (entry.bytes.starts_with("PK\x03\x04") && directory_.begin > 0
                && entry.bytes.size() >= directory_.end - directory_.begin
                && stands_at(directory_.begin));
        const auto found = std::ranges::find(signatures_, place, &ArchiveSignature::at);
        if (found != signatures_.end() && stands_at(place) && opens(entry.bytes, found->format))
            signatures_.erase(found);
    }

    bool opens(std::string_view bytes, Support format)
    {
        if (format == archive_read_support_format_7zip && !pay_for_list(bytes))
            return false;
        const auto reader = make_reader(std::span{&format, 1});
        archive_entry* entry = nullptr;
        return archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) >= ARCHIVE_WARN
            && archive_read_next_header(reader.get(), &entry) >= ARCHIVE_WARN && entry != nullptr;
    }

    static constexpr std::size_t most_found = 4096, most_read = 16;
    std::string_view bytes_;
    ArchiveBudget& budget_;
    Oddities& oddities_;
    const std::function<void(const ArchiveEntry&)>& take_;
    ZipDirectory directory_;
    std::vector<ArchiveSignature> signatures_; ///< of what is no entry
    std::vector<std::size_t> places_; ///< of the zip's entries that were read
    bool holds_zip_ = false; ///< as an entry
    bool is_over_ = false;
};

/// False: it is not compressed.
bool read_compressed(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
                     const std::function<void(const ArchiveEntry&)>& take)
{
    ArchiveWalk walk{bytes, budget, oddities, take};
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
