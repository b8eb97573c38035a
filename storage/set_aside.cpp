// SPDX-License-Identifier: Apache-2.0
#include "storage/set_aside.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/chrono.h>
#include <fstream>

namespace storage {
namespace {
constexpr std::string_view mark = ".damaged-";
constexpr std::size_t longest_note = 1000;

std::string text_of(const std::filesystem::path& path)
{
    std::ifstream in{path};
    std::string text;
    std::getline(in, text);
    return text.substr(0, longest_note);
}
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
            files.push_back({entry.path().string(), text_of(entry.path().string() + ".txt")});
    }
    std::ranges::sort(files, {}, &SetAside::path);
    return files;
}
}
