// SPDX-License-Identifier: Apache-2.0
#include "storage/set_aside.hpp"

#include "storage/backup/about.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/chrono.h>
#include <fstream>

namespace storage {
namespace {
constexpr std::string_view mark = ".damaged-", restore_mark = "before-restore-";
constexpr std::size_t longest_note = 1000, length_of_time = 16;
/// `health` asks often: beyond this a sum says "at least".
constexpr int most_files = 5000;

std::string text_of(const std::filesystem::path& path)
{
    std::ifstream in{path};
    std::string text;
    std::getline(in, text);
    return text.substr(0, longest_note);
}

std::uint64_t bytes_of(const std::filesystem::path& path)
{
    std::error_code error;
    if (const auto size = std::filesystem::file_size(path, error); !error)
        return size;
    std::uint64_t sum = 0;
    int files = 0;
    std::filesystem::recursive_directory_iterator entry{path, error}, end;
    for (; !error && entry != end && ++files <= most_files; entry.increment(error)) {
        std::error_code no_file;
        if (const auto size = entry->file_size(no_file); !no_file)
            sum += size;
    }
    return sum;
}

SetAside read_aside(const std::string& path, std::string_view before_time)
{
    SetAside found{path, text_of(path + ".txt")};
    const auto time = path.find(before_time, path.rfind('/') + 1) + before_time.size();
    found.since = backup::parse_compact_time(
        std::string_view{path}.substr(std::min(time, path.size()), length_of_time));
    for (const auto* end : {"", "-wal", "-bodies"})
        found.bytes += bytes_of(path + end);
    return found;
}
}

std::string SetAside::age_and_size() const
{
    const auto size = fmt::format("{} MiB", (bytes + (1 << 20) - 1) >> 20);
    if (!since)
        return size;
    return fmt::format("since {:%Y-%m-%d}, {}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(*since)), size);
}

std::string name_aside(const std::string& path, net::Env::Wall now)
{
    const auto time = std::chrono::system_clock::to_time_t(now);
    const auto name = fmt::format("{}{}{:%Y%m%dT%H%M%SZ}", path, mark, fmt::gmtime(time));
    std::error_code ignored;
    auto free = name;
    for (int number = 2; std::filesystem::exists(free, ignored); ++number)
        free = name + "-" + std::to_string(number);
    return free;
}

void set_aside(const std::string& database, const std::string& aside)
{
    // The log first: with the database gone SQLite would take it for a leftover and delete it.
    if (std::filesystem::exists(database + "-wal"))
        std::filesystem::rename(database + "-wal", aside + "-wal");
    std::filesystem::rename(database, aside);
    std::filesystem::remove(database + "-shm");
}

void note_aside(const SetAside& file)
{
    auto line = file.note;
    std::ranges::replace(line, '\n', ' ');
    std::ofstream{file.path + ".txt"} << line << "\n";
}

std::vector<SetAside> set_aside_in(const std::string& directory)
{
    std::vector<SetAside> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{directory, error}) {
        const auto name = entry.path().filename().string();
        const bool is_main = entry.is_regular_file(error) && name.contains(mark)
            && !name.ends_with("-wal") && !name.ends_with("-shm") && !name.ends_with(".txt");
        if (is_main)
            files.push_back(read_aside(entry.path().string(), mark));
    }
    std::ranges::sort(files, {}, &SetAside::path);
    return files;
}

std::vector<SetAside> before_restores_in(const std::string& directory)
{
    std::vector<SetAside> folders;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        if (entry->path().filename().string().starts_with(restore_mark)
            && entry->is_directory(gone))
            folders.push_back(read_aside(entry->path().string(), restore_mark));
    }
    std::ranges::sort(folders, {}, &SetAside::path);
    return folders;
}
}
