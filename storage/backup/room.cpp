// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/room.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>

namespace storage::backup {
namespace {
constexpr std::uint64_t mebibyte = 1 << 20;
}

void need_room(const std::string& folder, const std::string& data, std::uint64_t bytes)
{
    struct statvfs disk{};
    struct stat here{}, there{};
    if (::statvfs(folder.c_str(), &disk) != 0 || ::stat(folder.c_str(), &here) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot look at " + folder};
    const auto unit = static_cast<std::uint64_t>(disk.f_frsize);
    const auto free = unit * disk.f_bavail, size = unit * disk.f_blocks;
    const bool is_shared = ::stat(data.c_str(), &there) == 0 && here.st_dev == there.st_dev;
    const auto reserve = is_shared ? std::min(1024 * mebibyte, size / 20) : 16 * mebibyte;
    if (free < bytes + reserve)
        throw std::runtime_error{
            fmt::format("not enough room in {}: {} MiB are needed, {} are free{}", folder,
                        (bytes + reserve) / mebibyte + 1, free / mebibyte,
                        is_shared ? " (some stay free for mail, which is on the same disk)" : "")};
}
}
