// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/key_file.hpp"

#include "gateway/config_signing.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace app::commands {
std::string write_key_file(const std::string& path, const filters::auth::PrivateKey& key)
{
    const int file
        = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return std::strerror(errno);
    const auto pem = key.to_pem();
    const bool is_written
        = ::write(file, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size())
        && ::fsync(file) == 0;
    const std::string problem = is_written ? "" : std::strerror(errno);
    ::close(file);
    if (!is_written)
        ::unlink(path.c_str());
    return problem;
}

std::optional<filters::auth::PrivateKey> key_or_complain(const std::string& path)
{
    auto key = read_private_key(path);
    if (!key) {
        std::fprintf(stderr, "mailweir: %s: %s\n", path.c_str(), key.error().c_str());
        return {};
    }
    return std::move(*key);
}
}
