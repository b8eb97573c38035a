// SPDX-License-Identifier: Apache-2.0
// Archives: budgets hold, names are UTF-8.
#include "filters/content/archive.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace filters::content;
    Limits limits;
    limits.archive_entries = 20;
    limits.archive_bytes = 1 << 20;
    ArchiveBudget budget{limits};
    Oddities oddities;
    std::size_t entries = 0, octets = 0;
    walk_archive({reinterpret_cast<const char*>(data), size}, budget, oddities,
                 [&](const ArchiveEntry& entry) {
                     ++entries;
                     octets += entry.bytes.size();
                     require(mail::is_utf8(entry.name));
                     require(!entry.is_encrypted || entry.bytes.empty());
                 });
    // A nameless one stands for an encrypted list of entries, once for each reading.
    require(entries <= limits.archive_entries + 13 && octets <= limits.archive_bytes);
    return 0;
}
