// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive_walk.hpp"

#include "filters/content/text.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <archive_entry.h>
#include <array>
#include <span>

namespace filters::content {
namespace {
constexpr std::size_t longest_entry = 64U << 20, longest_name = 1024;
/// Below that a ratio says nothing: a page of blanks packs a thousandfold.
constexpr std::size_t ratio_counts_from = 1U << 20;

std::string name_of(archive_entry* entry)
{
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr)
        name = archive_entry_pathname_utf8(entry);
    return archive_name(name == nullptr ? "" : name);
}

}

/// Names of old zips are in the maker's code page, which nothing tells: Japanese where it can be.
std::string archive_name(std::string_view text)
{
    text = text.substr(0, longest_name);
    if (mail::is_utf8(text))
        return std::string{text};
    const auto beyond = std::ranges::count_if(text, [](char c) { return (c & 0x80) != 0; });
    return to_utf8(text, beyond > 2 ? "shift_jis" : "", longest_name).utf8;
}

bool ArchiveWalk::run(Support format)
{
    secrets_ = format == archive_read_support_format_rar5 ? rar5_secrets(bytes_) : RarSecrets{};
    before_ = places_.size();
    if (secrets_.is_whole)
        take_hidden();
    return walk(format) || secrets_.is_whole;
}

bool ArchiveWalk::walk(Support format)
{
    reader_ = make_reader(std::span{&format, 1});
    if (!open())
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

std::optional<std::string> ArchiveWalk::unpack()
{
    reader_ = make_reader(archive_filters);
    archive_read_support_format_raw(reader_.get());
    archive_read_support_format_empty(reader_.get());
    archive_entry* entry = nullptr;
    if (!open() || archive_filter_count(reader_.get()) < 2)
        return {};
    if (compressions() > 1 && !open_outermost()) {
        over("a file is compressed more than once");
        return std::string{};
    }
    const bool is_broken = archive_errno(reader_.get()) != 0;
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

bool ArchiveWalk::open()
{
    return archive_read_open_memory(reader_.get(), bytes_.data(), bytes_.size()) >= ARCHIVE_WARN;
}

int ArchiveWalk::compressions() const
{
    int count = 0;
    for (int i = 0; i < archive_filter_count(reader_.get()); ++i) {
        const int code = archive_filter_code(reader_.get(), i);
        count += code != ARCHIVE_FILTER_NONE && code != ARCHIVE_FILTER_RPM ? 1 : 0;
    }
    return count;
}

/// False: it is one that reads as soon as it is made, before there is anything to read.
bool ArchiveWalk::open_outermost()
{
    const int outermost
        = archive_filter_code(reader_.get(), archive_filter_count(reader_.get()) - 2);
    if (outermost == ARCHIVE_FILTER_COMPRESS)
        return false;
    reader_ = make_reader({});
    archive_read_support_format_raw(reader_.get());
    return archive_read_append_filter(reader_.get(), outermost) >= ARCHIVE_WARN && open();
}

/// An empty one may be anything that unpacks to zeros.
bool ArchiveWalk::is_maybe_tar() const
{
    const int format = archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK;
    return format == 0 || format == ARCHIVE_FORMAT_TAR;
}

bool ArchiveWalk::is_zip() const
{
    return (archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

void ArchiveWalk::over(std::string_view what)
{
    is_over_ = true;
    oddities_.push_back({"over_limit", std::string{what}, true});
}

/// Files that nobody sees without the password.
void ArchiveWalk::take_hidden()
{
    ArchiveEntry hidden{.name = {}, .is_encrypted = true, .bytes = {}};
    take_(hidden);
}

bool ArchiveWalk::broken(bool is_opened)
{
    // Of what was opened the rest is not known to be encrypted.
    if (!is_opened && archive_read_has_encrypted_entries(reader_.get()) == 1) {
        take_hidden();
        return true;
    }
    if (is_opened)
        oddities_.push_back({"unreadable", "an archive is damaged", true});
    return is_opened;
}

void ArchiveWalk::read(archive_entry* header)
{
    if (budget_.entries == 0)
        return over("archives have too many entries");
    --budget_.entries;
    const auto number = places_.size() - before_;
    places_.push_back(static_cast<std::size_t>(archive_filter_bytes(reader_.get(), 0)));
    const bool is_folder = archive_entry_filetype(header) == AE_IFDIR;
    if (is_folder && archive_entry_size(header) <= 0)
        return;
    ArchiveEntry entry;
    entry.name = name_of(header);
    if (archive_entry_size_is_set(header) != 0)
        entry.size = static_cast<std::size_t>(std::max<la_int64_t>(0, archive_entry_size(header)));
    entry.is_encrypted = archive_entry_is_encrypted(header) != 0
        || (number < secrets_.files.size() && secrets_.files[number]);
    data_.clear();
    if (!entry.is_encrypted)
        entry.is_cut = !read_data(std::min(budget_.bytes, longest_entry));
    // Some programs make a file of a folder with octets, which are not given to us in zips.
    if (is_folder && data_.empty()) {
        if (!is_zip())
            return;
        oddities_.push_back({"unreadable", "a folder in an archive has octets", true});
    }
    // And of a link, whatever its target is.
    if (is_zip() && !entry.is_encrypted && archive_entry_filetype(header) == AE_IFLNK) {
        const auto* target = archive_entry_symlink(header);
        data_ = target == nullptr ? "" : target;
    }
    entry.bytes = data_;
    budget_.bytes -= data_.size();
    take_(entry);
}

/// False: not all of it.
bool ArchiveWalk::read_data(std::size_t limit)
{
    std::array<char, 64U << 10> block;
    while (true) {
        const auto size = archive_read_data(reader_.get(), block.data(), block.size());
        if (size == 0)
            return true;
        if (size < 0) {
            if (!std::exchange(has_unreadable_, true))
                oddities_.push_back({"unreadable", "an archive's entry cannot be unpacked", true});
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
}
