// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/file_text.hpp"

#include <fstream>
#include <sstream>

namespace filters::feeds {
std::optional<std::string> file_text(const std::filesystem::path& path, std::uintmax_t most)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)
        || std::filesystem::file_size(path, error) > most || error)
        return {};
    std::ifstream in{path, std::ios::binary};
    std::stringstream text;
    text << in.rdbuf();
    if (!in)
        return {};
    return std::move(text).str();
}
}
