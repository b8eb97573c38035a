// SPDX-License-Identifier: Apache-2.0
#include "gateway/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace app {
namespace {
bool write_whole(int file, std::string_view text)
{
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}
}

std::expected<void, std::string> replace_file(const std::string& path, std::string_view text)
{
    const auto next = path + ".next";
    const int file
        = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool is_written = file >= 0 && write_whole(file, text) && ::fsync(file) == 0;
    const int error = errno;
    if (file >= 0)
        ::close(file);
    if (!is_written || ::rename(next.c_str(), path.c_str()) != 0)
        return std::unexpected{path + ": " + std::strerror(is_written ? errno : error)};
    auto folder = std::filesystem::path{path}.parent_path();
    const int directory
        = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
    return {};
}
}
