// SPDX-License-Identifier: Apache-2.0
#include "filters/content/report_octets.hpp"

#include "filters/content/archive.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <optional>

namespace filters::content {
std::expected<std::string, std::string> unpack_report(std::string_view octets, char mark)
{
    constexpr std::size_t most = 64U << 20;
    constexpr std::string_view byte_order = "\xEF\xBB\xBF";
    if (octets.starts_with(byte_order))
        octets.remove_prefix(byte_order.size());
    if (mail::trimmed(octets.substr(0, 1000)).starts_with(mark))
        return std::string{octets.substr(0, most)};
    const Limits limits;
    ArchiveBudget budget{limits};
    Oddities oddities;
    std::optional<std::expected<std::string, std::string>> found;
    const bool is_archive = walk_archive(octets, budget, oddities, [&](const ArchiveEntry& entry) {
        if (found || entry.bytes.empty())
            return;
        if (entry.is_cut || entry.bytes.size() > most)
            found = std::unexpected{std::string{"it unpacks to too much"}};
        else
            found = std::string{entry.bytes};
    });
    if (!is_archive || !found)
        return std::unexpected{std::string{"it is neither "} + (mark == '<' ? "XML" : "JSON")
                               + " nor an archive with it"};
    return *std::move(found);
}

std::string plain_line(std::string_view text, std::size_t limit)
{
    std::string line{mail::trimmed(text).substr(0, limit)};
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
    return line;
}
}
