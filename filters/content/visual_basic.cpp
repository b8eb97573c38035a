// SPDX-License-Identifier: Apache-2.0
#include "filters/content/visual_basic.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <bit>

namespace filters::content {
namespace {
constexpr std::size_t chunk_size = 4096;

unsigned number_at(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at])
        | static_cast<unsigned>(static_cast<unsigned char>(bytes[at + 1])) << 8;
}

/// One chunk's tokens (MS-OVBA §2.4.1.3.5); what a copy refers to lies in the same chunk.
void unpack_chunk(std::string& out, std::string_view tokens)
{
    const std::size_t start = out.size();
    std::size_t at = 0;
    while (at < tokens.size() && out.size() - start < chunk_size) {
        auto flags = static_cast<unsigned char>(tokens[at++]);
        for (int bit = 0; bit < 8 && at < tokens.size(); ++bit, flags >>= 1) {
            if ((flags & 1) == 0) {
                out += tokens[at++];
                continue;
            }
            if (at + 2 > tokens.size())
                return;
            const unsigned token = number_at(tokens, at);
            at += 2;
            const std::size_t done = out.size() - start;
            const int bits = std::max(4, static_cast<int>(std::bit_width(done > 0 ? done - 1 : 0)));
            const std::size_t length = (token & (0xFFFFU >> bits)) + 3;
            const std::size_t offset = (token >> (16 - bits)) + 1;
            if (offset > done)
                return;
            for (std::size_t i = 0; i < length && out.size() - start < chunk_size; ++i)
                out += out[out.size() - offset];
        }
    }
}
}

std::string decompress_visual_basic(std::string_view container, std::size_t limit)
{
    std::string out;
    if (!container.starts_with('\x01'))
        return out;
    container.remove_prefix(1);
    while (container.size() >= 2 && out.size() < limit) {
        const unsigned header = number_at(container, 0);
        constexpr unsigned signature = 3;
        if ((header >> 12 & 7) != signature)
            break;
        const std::size_t size = std::min<std::size_t>((header & 0xFFF) + 3, container.size());
        const auto tokens = container.substr(2, size - 2);
        if ((header & 0x8000) != 0)
            unpack_chunk(out, tokens);
        else
            out += tokens;
        container.remove_prefix(size);
    }
    if (out.size() > limit)
        out.resize(limit);
    return out;
}

std::string module_source(std::string_view stream, std::size_t limit)
{
    // A module's source begins with "Attribute VB_Name", whose first eight letters are literals.
    const auto start = stream.find(std::string_view{"\0Attribut", 9});
    return start == stream.npos || start < 3
        ? std::string{}
        : decompress_visual_basic(stream.substr(start - 3), limit);
}

bool has_automatic_procedure(std::string_view source)
{
    std::string lower;
    std::ranges::transform(source, std::back_inserter(lower), mail::to_lower);
    constexpr std::string_view names[]{
        "autoopen",
        "auto_open",
        "autoexec",
        "autoclose",
        "auto_close",
        "autonew",
        "document_open",
        "document_close",
        "document_new",
        "workbook_open",
        "workbook_activate",
        "workbook_beforeclose",
        "auto_activate",
        "app_documentopen",
        "presentation_open",
        "slideshow",
        "_layout",
        "_painted",
        "documentbeforeclose",
        "_onconnecting",
    };
    return std::ranges::any_of(names, [&](std::string_view name) { return lower.contains(name); });
}
}
