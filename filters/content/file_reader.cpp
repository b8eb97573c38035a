// SPDX-License-Identifier: Apache-2.0
#include "filters/content/file_reader.hpp"

#include "filters/content/sha256.hpp"

namespace filters::content {
void FileReader::add(File file, std::string_view bytes)
{
    file.size = bytes.size();
    file.sha256 = sha256(bytes);
    content_.files.push_back(std::move(file));
}

void FileReader::add_opened(File file, std::string_view bytes, Kind kind)
{
    file.size = bytes.size();
    file.sha256 = sha256(bytes);
    file.type = {kind, "message"};
    content_.files.push_back(std::move(file));
}
}
