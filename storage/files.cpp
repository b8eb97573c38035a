// SPDX-License-Identifier: Apache-2.0
#include "storage/files.hpp"

#include "storage/write_all.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace storage {
namespace {
[[noreturn]] void fail(const std::string& what)
{
    throw std::system_error{errno, std::generic_category(), what};
}
}

void write_all(int file, std::string_view bytes, const std::string& path)
{
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            fail("cannot write " + path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

FileHandle FileHandle::open(const std::string& path, int flags, unsigned mode)
{
    const int number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (number < 0)
        fail("cannot open " + path);
    return FileHandle{number};
}

FileHandle::FileHandle(FileHandle&& other) noexcept : number_{std::exchange(other.number_, -1)} { }

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept
{
    std::swap(number_, other.number_);
    return *this;
}

FileHandle::~FileHandle()
{
    if (number_ >= 0)
        ::close(number_);
}

Files& Files::real()
{
    static Files files;
    return files;
}

void Files::create(const std::string& directory, const std::string& name,
                   const std::function<void(const Write&)>& fill)
{
    const std::string path = directory + "/" + name;
    reach(Step::create, path);
    const auto file = FileHandle::open(directory, O_TMPFILE | O_WRONLY);
    fill([&](std::string_view bytes) {
        reach(Step::write, path);
        write_all(file.number(), bytes, path);
    });
    reach(Step::sync, path);
    if (::fsync(file.number()) != 0)
        fail("cannot sync " + path);
    reach(Step::link, path);
    give_name(file.number(), path);
    try {
        sync_directory(directory);
    } catch (...) {
        ::unlink(path.c_str());
        throw;
    }
}

void Files::give_name(int file, const std::string& path)
{
    const std::string source = "/proc/self/fd/" + std::to_string(file);
    const auto link = [&] {
        return ::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW);
    };
    if (link() == 0)
        return;
    // A name left by a crash belongs to nobody: rows come after files.
    if (errno != EEXIST || ::unlink(path.c_str()) != 0 || link() != 0)
        fail("cannot link " + path);
}

void Files::remove(const std::string& path)
{
    reach(Step::remove, path);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        fail("cannot remove " + path);
}

void Files::sync_directory(const std::string& directory)
{
    reach(Step::sync_directory, directory);
    const auto handle = FileHandle::open(directory, O_RDONLY | O_DIRECTORY);
    if (::fsync(handle.number()) != 0)
        fail("cannot sync " + directory);
}

void Files::read(const std::string& path, const std::function<void(std::string_view)>& take)
{
    const auto file = FileHandle::open(path, O_RDONLY);
    std::string buffer(256 * 1024, '\0');
    for (;;) {
        const auto got = ::read(file.number(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fail("cannot read " + path);
        if (got == 0)
            return;
        take({buffer.data(), static_cast<std::size_t>(got)});
    }
}

std::vector<std::string> Files::names(const std::string& directory)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{directory})
        names.push_back(entry.path().filename().string());
    return names;
}
}
