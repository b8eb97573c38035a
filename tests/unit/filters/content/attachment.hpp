// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/file_reader.hpp"

#include <string>

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
}
