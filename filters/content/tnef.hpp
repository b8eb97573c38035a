// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/archive.hpp"

#include <string>

namespace filters::content {
/// RTF as Outlook compresses it (MS-OXRTFCP), at most `limit` octets of it.
std::string unpacked_rtf(std::string_view packed, std::size_t limit);

/// What Outlook packs into "winmail.dat" (MS-OXTNEF): attached files, and the texts of the message
/// ("body.txt", "body.html", "body.rtf"), as entries of an archive; counts against the same budget.
/// False: it is none, or breaks off before its end.
bool walk_tnef(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
               const std::function<void(const ArchiveEntry&)>& take);
}
