// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive_signatures.hpp"

#include "filters/content/octet_reader.hpp"

#include <algorithm>
#include <string>
#include <zlib.h>

namespace filters::content {
namespace {
using namespace std::string_view_literals;

/// Version 0 and the check sum of the start header are what 7-Zip looks for.
bool begins_7z(std::string_view bytes)
{
    constexpr std::size_t header = 32, sum_at = 8, summed = 12;
    if (bytes.size() < header || bytes[6] != '\0')
        return false;
    OctetReader sum{bytes.substr(sum_at)};
    return sum.number(4)
        == crc32(0, reinterpret_cast<const Bytef*>(bytes.data() + summed), header - summed);
}

struct Known {
    std::string_view octets;
    Support format;
};
constexpr Known known[]{{"Rar!\x1A\x07\0"sv, archive_read_support_format_rar},
                        {"Rar!\x1A\x07\x01\0"sv, archive_read_support_format_rar5},
                        {"7z\xBC\xAF\x27\x1C"sv, archive_read_support_format_7zip}};
}

std::vector<ArchiveSignature> archive_signatures(std::string_view bytes, std::size_t most)
{
    constexpr std::size_t looked_at = 8U << 20;
    const auto head = bytes.substr(0, looked_at);
    std::vector<ArchiveSignature> found;
    for (const auto& one : known)
        for (auto at = head.find(one.octets, 1); at != head.npos && found.size() < most;
             at = head.find(one.octets, at + 1))
            if (one.format != archive_read_support_format_7zip || begins_7z(bytes.substr(at)))
                found.push_back({at, one.format});
    return found;
}
}
