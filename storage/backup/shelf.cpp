// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/shelf.hpp"

#include "storage/backup/about.hpp"

#include <algorithm>
#include <filesystem>

namespace storage::backup {
namespace {
constexpr std::string_view head = "mailweir-", tail = ".tar.zst", upgrade_mark = "-before-upgrade";
constexpr std::size_t kept_of_upgrades = 2;
/// One that seems to be made later was made by a machine whose clock was wrong.
constexpr std::chrono::hours wrong_clock{1};
}

std::string backup_file_name(std::chrono::sys_seconds made, bool is_before_upgrade)
{
    return std::string{head} + compact_time(made)
        + std::string{is_before_upgrade ? upgrade_mark : ""} + std::string{tail};
}

namespace {
/// nullopt for a name that no backup has.
std::optional<Kept> read_name(const std::filesystem::path& path)
{
    const auto name = path.filename().string();
    std::string_view middle = name;
    if (!middle.starts_with(head) || !middle.ends_with(tail)
        || middle.size() < head.size() + tail.size())
        return {};
    middle.remove_prefix(head.size());
    middle.remove_suffix(tail.size());
    const bool is_before_upgrade = middle.ends_with(upgrade_mark);
    if (is_before_upgrade)
        middle.remove_suffix(upgrade_mark.size());
    const auto made = parse_compact_time(middle);
    return made ? std::optional{Kept{path.string(), *made, 0, is_before_upgrade}} : std::nullopt;
}
}

std::vector<Kept> kept_in(const std::string& folder)
{
    std::vector<Kept> found;
    std::error_code error;
    // The increment of a range-based loop would throw what a sick share answers.
    for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
         entry.increment(error)) {
        auto kept = read_name(entry->path());
        if (!kept)
            continue;
        std::error_code no_size;
        kept->bytes = entry->file_size(no_size);
        if (!no_size && kept->bytes > 0)
            found.push_back(std::move(*kept));
    }
    std::ranges::sort(found, std::greater{}, &Kept::made);
    return found;
}

std::optional<Kept> last_backup(const std::string& folder, std::chrono::sys_seconds now)
{
    for (auto& kept : kept_in(folder))
        if (kept.made <= now + wrong_clock)
            return std::move(kept);
    return {};
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
