// SPDX-License-Identifier: Apache-2.0
#include "filters/content/zip_end.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::size_t record_size = 22, record64_size = 56, locator_size = 20;
constexpr std::string_view record_sign = "PK\x05\x06";

bool stands_at(std::string_view zip, std::uint64_t at, std::string_view sign)
{
    return at <= zip.size() && zip.substr(static_cast<std::size_t>(at)).starts_with(sign);
}

/// What one end record says, in either of its forms.
struct Stated {
    std::uint64_t size, start, entries;
    std::size_t end; ///< of the directory: where the record stands
};

using Places = std::vector<ZipPlace>;

/// Offsets count from the zip's own beginning, or from that of what stands before it; programs that
/// believe neither the size nor the offset go by the other.
void add_places(std::string_view zip, const Stated& stated, Places& places)
{
    const auto add = [&](std::uint64_t at, std::uint64_t begin) {
        const auto directory = static_cast<std::size_t>(at);
        if (stands_at(zip, at, "PK\x01\x02")
            && std::ranges::find(places, directory, &ZipPlace::directory) == places.end())
            places.push_back({directory, static_cast<std::size_t>(begin)});
    };
    if (stated.size <= stated.end) {
        const auto at = stated.end - stated.size;
        add(at, at > stated.start ? at - stated.start : 0);
    }
    add(stated.start, 0);
}

/// Where the record of ZIP64 stands to which a locator before `end` leads, or npos.
std::size_t record64_before(std::string_view zip, std::size_t end)
{
    if (end < locator_size || !stands_at(zip, end - locator_size, "PK\x06\x07"))
        return zip.npos;
    const auto locator = end - locator_size;
    const auto at = zip_number(zip, locator + 8, 8);
    for (const auto one : {at, std::uint64_t{locator - std::min(locator, record64_size)}})
        if (stands_at(zip, one, "PK\x06\x06") && one + record64_size <= locator)
            return static_cast<std::size_t>(one);
    return zip.npos;
}

/// False: the record at `end` leads nowhere.
bool add_directories(std::string_view zip, std::size_t end, Places& places)
{
    const auto before = places.size();
    const auto record64 = record64_before(zip, end);
    if (record64 != zip.npos)
        add_places(zip,
                   {zip_number(zip, record64 + 40, 8), zip_number(zip, record64 + 48, 8),
                    zip_number(zip, record64 + 32, 8), record64},
                   places);
    const Stated stated{zip_number(zip, end + 12, 4), zip_number(zip, end + 16, 4),
                        zip_number(zip, end + 10, 2), record64 == zip.npos ? end : record64};
    if (stated.start != in_extra_field)
        add_places(zip, stated, places);
    return places.size() > before || (stated.entries == 0 && stated.size == 0);
}
}

std::uint64_t zip_number(std::string_view bytes, std::size_t at, std::size_t octets)
{
    std::uint64_t value = 0;
    for (std::size_t i = octets; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

/// Programs look from the end for the last record; some take only one that is whole, or whose
/// comment ends with the file.
ZipEnd find_zip_end(std::string_view zip)
{
    constexpr std::size_t longest_comment = 65535, most_records = 16;
    ZipEnd found;
    if (zip.size() < record_size)
        return found;
    const auto from = zip.size() - std::min(zip.size(), record_size + longest_comment);
    std::size_t seen = 0;
    for (auto at = zip.rfind(record_sign); at != zip.npos && at >= from;
         at = at == 0 ? zip.npos : zip.rfind(record_sign, at - 1)) {
        if (++seen > most_records) {
            found.is_ambiguous = true;
            break;
        }
        const bool is_whole = at + record_size <= zip.size();
        const bool ends_with_file
            = is_whole && at + record_size + zip_number(zip, at + 20, 2) == zip.size();
        if (found.is_found && !ends_with_file)
            continue; // of a zip that is an entry, or in the way of nobody
        if (!is_whole || !add_directories(zip, at, found.directories)) {
            found.is_ambiguous = true;
            continue;
        }
        if (found.is_found)
            found.is_ambiguous = true;
        else
            found.end = at + record_size;
        found.is_found = true;
    }
    if (!found.is_found)
        found.is_ambiguous = false;
    found.is_ambiguous = found.is_ambiguous || found.directories.size() > 1;
    return found;
}
}
