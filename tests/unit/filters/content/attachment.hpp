// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/file_reader.hpp"

#include <zlib.h>

#include <string>
#include <utility>
#include <vector>

namespace test {
/// Little-endian, in so many octets.
inline void append(std::string& out, std::size_t octets, std::uint64_t value)
{
    for (std::size_t i = 0; i < octets; ++i, value >>= 8)
        out += static_cast<char>(value & 0xFF);
}

/// A Windows program, or so it seems.
inline const std::string program = "MZ" + std::string(100, '\0');

/// What a message's only attachment, its part 2, is found to be.
inline filters::Content read(const std::string& name, const std::string& bytes,
                             const std::string& declared = "application/octet-stream")
{
    using namespace filters::content;
    const Limits limits;
    filters::Content content;
    LinkCollector links{limits};
    FileReader reader{limits, content, links};
    File file;
    file.path = "2";
    file.filename = name;
    file.declared = declared;
    file.is_attachment = true;
    reader.add(file, bytes);
    content.links = links.take();
    return content;
}

/// Paths and what they are.
inline std::string files(const filters::Content& content)
{
    std::string all;
    for (const auto& file : content.files)
        all += file.path + "=" + file.type.name + " ";
    return all;
}

using Entries = std::vector<std::pair<std::string, std::string>>;

/// What local header and directory have in common.
inline std::string zip_fields(const std::string& name, const std::string& data)
{
    std::string out;
    append(out, 10, 0); // version, flags, method, time
    append(out, 4,
           ::crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
    append(out, 4, data.size());
    append(out, 4, data.size());
    append(out, 2, name.size());
    append(out, 2, 0);
    return out;
}

inline std::string stored_zip(const Entries& entries)
{
    std::string out, directory;
    for (const auto& [name, data] : entries) {
        directory += "PK\x01\x02" + std::string(2, '\0') + zip_fields(name, data);
        append(directory, 10, 0);
        append(directory, 4, out.size());
        directory += name;
        out += "PK\x03\x04" + zip_fields(name, data) + name + data;
    }
    const auto start = out.size();
    out += directory + "PK\x05\x06" + std::string(4, '\0');
    append(out, 2, entries.size());
    append(out, 2, entries.size());
    append(out, 4, directory.size());
    append(out, 4, start);
    return out + std::string(2, '\0');
}
}
