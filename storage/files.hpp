// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace storage {
/// The store's door to the disk besides SQLite, whose own door it names. Tests take its place to
/// let a step fail or to stop before it; all functions throw std::system_error, and are safe from
/// all threads.
class Files {
public:
    /// What stands between bytes and their promise, in order.
    enum class Step { create, write, sync, link, sync_directory, remove };
    virtual ~Files() = default;
    static Files& real();

    /// The SQLite VFS to open databases with; nullptr: SQLite's own.
    virtual const char* vfs() const { return nullptr; }
    /// Called before each step on `path`. A throw is what the disk answered.
    virtual void reach(Step, const std::string& path) { (void)path; }

    using Write = std::function<void(std::string_view)>;
    /// Durable under its name when it returns, otherwise there is no such name (promise §2.3): the
    /// bytes that `fill` writes go to a file without a name, which is synced and then linked.
    void create(const std::string& directory, const std::string& name,
                const std::function<void(const Write&)>& fill);
    /// No error when it is not there.
    void remove(const std::string& path);
    void sync_directory(const std::string& directory);
    /// Feeds the file's bytes in pieces of up to 256 KiB.
    void read(const std::string& path, const std::function<void(std::string_view)>& take);
    /// Names in a directory, in no order.
    std::vector<std::string> names(const std::string& directory);

private:
    void give_name(int file, const std::string& path);
};

/// A file descriptor that closes itself. `FileHandle::open` throws std::system_error.
class FileHandle {
public:
    explicit FileHandle(int number) : number_{number} { }
    static FileHandle open(const std::string& path, int flags, unsigned mode = 0600);
    FileHandle(FileHandle&& other) noexcept;
    FileHandle& operator=(FileHandle&& other) noexcept;
    ~FileHandle();
    int number() const { return number_; }

private:
    int number_;
};
}
