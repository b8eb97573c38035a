// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <archive.h>
#include <memory>
#include <span>

namespace filters::content {
struct FreeArchive {
    void operator()(archive* reader) const { archive_read_free(reader); }
};
using ArchiveReader = std::unique_ptr<archive, FreeArchive>;

using Support = int (*)(archive*);

/// By name: "all" would include some that start programs or open files. Not xar, whose packed list
/// has no limit.
inline constexpr Support archive_formats[]{
    archive_read_support_format_7zip, archive_read_support_format_rar,
    archive_read_support_format_rar5, archive_read_support_format_tar,
    archive_read_support_format_cab,  archive_read_support_format_iso9660,
    archive_read_support_format_lha,  archive_read_support_format_cpio,
    archive_read_support_format_ar};
inline constexpr Support archive_filters[]{
    archive_read_support_filter_gzip,     archive_read_support_filter_bzip2,
    archive_read_support_filter_compress, archive_read_support_filter_xz,
    archive_read_support_filter_lzma,     archive_read_support_filter_lzip,
    archive_read_support_filter_zstd,     archive_read_support_filter_lz4,
    archive_read_support_filter_rpm};

/// One of libarchive's readers that knows these formats and filters and no others.
ArchiveReader make_reader(std::span<const Support> supports);
}
