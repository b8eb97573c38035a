// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/limits.hpp"
#include "filters/content/oddity.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// What is left of a message's budget for archives; one object for all of its archives.
struct ArchiveBudget {
    explicit ArchiveBudget(const Limits& limits);
    std::size_t entries, bytes;
    std::size_t compressed; ///< octets of compressed archives before what is in them is unpacked
    std::size_t ratio, depth;
};

struct ArchiveEntry {
    std::string name; ///< UTF-8, as stored: data, never a path
    std::vector<std::string> other_names = {}; ///< what other programs take for it
    std::string declared = {}; ///< "text/html"; "" where nothing says it
    std::size_t size = 0; ///< as declared; 0 unknown
    bool is_encrypted = false;
    std::string_view bytes = {}; ///< unpacked, as far as the budget goes; empty if encrypted
    bool is_cut = false;
};

/// Unpacks an archive (whatever libarchive reads: zip, 7z, rar, tar and compressed tar, cab, iso,
/// lha, cpio, ar ...; and single gz, bz2, xz, zst files) in memory, entry by entry; nested
/// archives are for the caller. Overlapping zip entries, ratios and sums over the budget end it
/// with an oddity that is unscannable. False: it is no archive that can be opened.
bool walk_archive(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
                  const std::function<void(const ArchiveEntry&)>& take);
}
