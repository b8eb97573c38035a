// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/private_key.hpp"

#include <cstddef>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace storage::backup {
namespace {
constexpr std::size_t longest_pem = 1 << 20;
}

bool holds_private_key(const std::string& path)
{
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return false;
    struct stat status{};
    std::string text;
    if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)
        && status.st_size <= static_cast<off_t>(longest_pem)) {
        text.resize(static_cast<std::size_t>(status.st_size));
        const auto got = ::read(file, text.data(), text.size());
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    ::close(file);
    return text.contains("PRIVATE KEY-----");
}
}
