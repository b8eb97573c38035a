// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/shelf.hpp"

#include "storage/backup/about.hpp"

#include <algorithm>
#include <filesystem>

namespace storage::backup {
namespace {
constexpr std::string_view head = "mailweir-", tail = ".tar.zst", upgrade_mark = "-before-upgrade";
constexpr std::size_t kept_of_upgrades = 2;
}

std::string backup_file_name(std::chrono::sys_seconds made, bool is_before_upgrade)
{
    return std::string{head} + compact_time(made)
        + std::string{is_before_upgrade ? upgrade_mark : ""} + std::string{tail};
}

std::vector<Kept> kept_in(const std::string& folder)
{
    std::vector<Kept> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
        const auto name = entry.path().filename().string();
        std::string_view middle = name;
        if (!middle.starts_with(head) || !middle.ends_with(tail))
            continue;
        middle.remove_prefix(head.size());
        middle.remove_suffix(tail.size());
        const bool is_before_upgrade = middle.ends_with(upgrade_mark);
        if (is_before_upgrade)
            middle.remove_suffix(upgrade_mark.size());
        std::error_code ignored;
        if (const auto made = parse_compact_time(middle))
            found.push_back(
                {entry.path().string(), *made, entry.file_size(ignored), is_before_upgrade});
    }
    std::ranges::sort(found, std::greater{}, &Kept::made);
    return found;
}

std::optional<Kept> last_backup(const std::string& folder)
{
    const auto all = kept_in(folder);
    return all.empty() ? std::nullopt : std::optional{all.front()};
}

void prune(const std::string& folder, std::size_t keep, Files& files)
{
    std::size_t others = 0, upgrades = 0;
    for (const auto& kept : kept_in(folder)) {
        const bool stays = kept.is_before_upgrade ? upgrades++ < kept_of_upgrades : others++ < keep;
        if (!stays)
            files.remove(kept.path);
    }
}
}
