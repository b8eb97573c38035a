// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/parts.hpp"

#include "storage/database_file.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace storage::backup {
namespace {
constexpr auto names = std::to_array<std::pair<Part, std::string_view>>({
    {Part::mail, "mail"},
    {Part::lists, "lists"},
    {Part::accounts, "accounts"},
    {Part::history, "history"},
    {Part::lessons, "lessons"},
    {Part::fingerprints, "fingerprints"},
    {Part::reputation, "reputation"},
    {Part::policy, "policy"},
    {Part::settings, "settings"},
    {Part::feeds, "feeds"},
    {Part::keys, "keys"},
    {Part::configuration, "configuration"},
    {Part::other, "other"},
});

using NamedPart = std::pair<std::string_view, Part>;

/// Whole names, and the beginnings of names.
constexpr auto whole = std::to_array<NamedPart>({
    {"bodies", Part::mail},
    {"settings.json", Part::settings},
    {"feeds", Part::feeds},
    {"reputation", Part::reputation},
    {"secret", Part::keys},
    {"keys", Part::keys},
});
const auto databases = std::to_array<NamedPart>({
    {file_name(DatabaseFile::mail), Part::mail},
    {file_name(DatabaseFile::accounts), Part::accounts},
    {file_name(DatabaseFile::history), Part::history},
    {file_name(DatabaseFile::lessons), Part::lessons},
});
constexpr auto beginnings = std::to_array<std::pair<std::string_view, Part>>({
    {"classifier.model", Part::lessons},
    {"fingerprints", Part::fingerprints},
    {"greylist-", Part::reputation},
    {"reputation-", Part::reputation},
    {"policy", Part::policy},
    {"policies", Part::policy},
});
/// What stands beside mail.db while it is rescued goes with it.
constexpr std::string_view mail_remains = "mail.db.";
constexpr auto key_endings
    = std::to_array<std::string_view>({".key", ".pem", "-key", ".secret", ".p12", ".pfx"});

constexpr auto left_alone = std::to_array<std::string_view>(
    {"lock", "serve.lock", "backups", "lost+found", "upgrade.failed"});
constexpr auto left_alone_beginnings
    = std::to_array<std::string_view>({".", "restore.", "before-restore-", "before-upgrade-"});
constexpr auto left_alone_endings = std::to_array<std::string_view>(
    {".sock", ".lock", ".new", ".suspect", ".journal", "-journal", "-wal", "-shm"});

bool is_left_alone(std::string_view name)
{
    const auto begins = [name](std::string_view text) { return name.starts_with(text); };
    const auto ends = [name](std::string_view text) { return name.ends_with(text); };
    return std::ranges::find(left_alone, name) != left_alone.end()
        || std::ranges::any_of(left_alone_beginnings, begins)
        || std::ranges::any_of(left_alone_endings, ends) || name.contains(".damaged-");
}
}

std::string_view name_of(Part part)
{
    return std::ranges::find(names, part, &std::pair<Part, std::string_view>::first)->second;
}

std::optional<Part> part_named(std::string_view name)
{
    const auto found = std::ranges::find(names, name, &std::pair<Part, std::string_view>::second);
    return found == names.end() ? std::nullopt : std::optional{found->first};
}

std::string part_names()
{
    std::string all;
    for (const auto& [part, name] : names)
        all += (all.empty() ? "" : ",") + std::string{name};
    return all;
}

std::optional<Part> part_of(std::string_view name)
{
    if (is_left_alone(name))
        return {};
    for (const std::span<const NamedPart> named :
         {std::span<const NamedPart>{whole}, std::span<const NamedPart>{databases}})
        for (const auto& [text, part] : named)
            if (name == text)
                return part;
    if (name.starts_with(mail_remains))
        return Part::mail;
    if (is_key_name(name))
        return Part::keys;
    for (const auto& [text, part] : beginnings)
        if (name.starts_with(text))
            return part;
    return Part::other;
}

bool is_key_name(std::string_view name)
{
    while (true) {
        const auto element = name.substr(0, name.find('/'));
        if (std::ranges::any_of(key_endings, [&](auto text) { return element.ends_with(text); }))
            return true;
        if (element.size() == name.size())
            return false;
        name.remove_prefix(element.size() + 1);
    }
}

bool is_database(std::string_view name) { return name.ends_with(".db") && !name.contains('/'); }
}
