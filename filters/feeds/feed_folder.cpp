// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_folder.hpp"

#include "filters/content/sha256.hpp"
#include "filters/feeds/feed_check.hpp"
#include "filters/feeds/file_text.hpp"
#include "storage/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace filters::feeds {
namespace {
namespace fs = std::filesystem;
constexpr std::string_view index_name = "index", fresh_name = ".index.new";

std::uint64_t serial_before(const std::string& folder)
{
    const auto text = file_text(fs::path{folder} / index_name).value_or("");
    const auto index = FeedIndex::parse(std::string_view{text}.substr(0, text.rfind("signature ")));
    return index ? index->serial : 0;
}
}

FileKind kind_of(std::string_view filename)
{
    constexpr std::string_view rules = ".cf";
    const auto extension = filename.substr(std::min(filename.rfind('.'), filename.size()));
    if (extension == rules)
        return FileKind::rules;
    return parse_file_kind(extension.substr(extension.empty() ? 0 : 1)).value_or(FileKind::other);
}

std::expected<FeedIndex, std::string>
index_of_folder(const std::string& folder, const std::string& name, std::chrono::sys_seconds now)
{
    FeedIndex index{.name = name, .made = now, .files = {}};
    index.serial = std::max(serial_before(folder) + 1,
                            static_cast<std::uint64_t>(now.time_since_epoch().count()));
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error}) {
        const auto file = entry.path().filename().string();
        if (file == index_name || file.starts_with('.'))
            continue;
        if (!entry.is_regular_file() || !is_feed_word(file))
            return std::unexpected{file + " is no file with a name of letters, digits, \"._-\""};
        const auto text = file_text(entry.path()).value_or("");
        index.files.push_back({kind_of(file), file, text.size(), content::sha256(text)});
    }
    if (error)
        return std::unexpected{folder + ": " + error.message()};
    std::ranges::sort(index.files, {}, &FeedFile::name);
    if (auto problem = why_unusable(index, folder); !problem.empty())
        return std::unexpected{std::move(problem)};
    // As those who take it read it.
    return FeedIndex::parse(index.to_text());
}

void write_index(const std::string& folder, std::string_view signed_index)
{
    auto& files = storage::Files::real();
    files.remove(folder + "/" + std::string{fresh_name});
    files.create(folder, std::string{fresh_name},
                 [&](const storage::Files::Write& out) { out(signed_index); });
    fs::permissions(fs::path{folder} / fresh_name,
                    fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read
                        | fs::perms::others_read);
    fs::rename(fs::path{folder} / fresh_name, fs::path{folder} / index_name);
    files.sync_directory(folder);
}
}
