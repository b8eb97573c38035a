// SPDX-License-Identifier: Apache-2.0
#include "storage/installation.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace storage {
namespace {
constexpr std::size_t secret_digits = 16;
}

void make_directory(const std::string& directory)
{
    std::error_code error;
    const auto parent = std::filesystem::path{directory}.parent_path();
    if (!parent.empty())
        std::filesystem::create_directories(parent, error);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        throw std::runtime_error{
            fmt::format("cannot make the data directory {}: {}", directory, std::strerror(errno))};
    if (!std::filesystem::is_directory(directory, error))
        throw std::runtime_error{fmt::format("{} is no directory", directory)};
}

void make_private_file(const std::string& path) { FileHandle::open(path, O_RDWR | O_CREAT); }

std::shared_ptr<FileHandle> lock_directory(const std::string& directory)
{
    const auto path = directory + "/lock";
    auto file = std::make_shared<FileHandle>(FileHandle::open(path, O_RDWR | O_CREAT));
    if (::flock(file->number(), LOCK_EX | LOCK_NB) != 0)
        throw std::runtime_error{fmt::format(
            "{} is in use by another mailweir: stop that one, or name another data directory",
            directory)};
    return file;
}

std::uint64_t read_secret(const std::string& directory, net::Env& env, Files& files)
{
    const auto path = directory + "/secret";
    if (!std::filesystem::exists(path)) {
        std::array<std::uint8_t, 8> bytes{};
        env.random(bytes);
        std::string digits;
        for (const auto byte : bytes)
            digits += fmt::format("{:02x}", byte);
        files.create(directory, "secret", [&](const Files::Write& write) { write(digits + "\n"); });
    }
    std::string text;
    files.read(path, [&](std::string_view bytes) { text += bytes; });
    std::uint64_t secret = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), secret, 16);
    if (error != std::errc{} || stop != text.data() + secret_digits)
        throw std::runtime_error{fmt::format(
            "{} is damaged: restore it from a backup, or delete it (then mail repeated from before"
            " is not recognised)",
            path)};
    return secret;
}

std::optional<net::Env::Wall> installed_at(const std::string& directory)
{
    struct stat status{};
    if (::stat((directory + "/secret").c_str(), &status) != 0)
        return std::nullopt;
    return net::Env::Wall{std::chrono::seconds{status.st_mtim.tv_sec}};
}
}
