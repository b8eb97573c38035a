// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_backup.hpp"

#include "gateway/config.hpp"
#include "gateway/config_values.hpp"
#include "gateway/own_certificate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <set>

namespace app {
namespace {
/// "03:00" as minutes of the day.
std::optional<std::chrono::minutes> time_of_day(std::string_view text)
{
    if (text.size() != 5 || text[2] != ':')
        return {};
    unsigned hour = 24, minute = 60;
    const char* start = text.data();
    const auto first = std::from_chars(start, start + 2, hour);
    const auto second = std::from_chars(start + 3, start + 5, minute);
    if (first.ptr != start + 2 || second.ptr != start + 5 || hour > 23 || minute > 59)
        return {};
    return std::chrono::minutes{60 * hour + minute};
}

enum class FileKind { none, plain, key };

/// By its name, wherever it stands: a layer's settings are not in the schema.
FileKind kind_of(std::string_view key)
{
    const auto is = [key](std::string_view name) { return key == name; };
    constexpr auto keys = std::to_array<std::string_view>({"key", "password_file", "secret_file"});
    constexpr auto plain = std::to_array<std::string_view>({"aliases", "ca", "certificate"});
    if (std::ranges::any_of(keys, is))
        return FileKind::key;
    if (is("passphrase_file")) // what opens a backup is not to be in it
        return FileKind::none;
    const bool is_file = key.ends_with("file") || key.ends_with("files");
    return is_file || std::ranges::any_of(plain, is) ? FileKind::plain : FileKind::none;
}

/// Files that a configuration names, and those it is written in. Iterative.
void take_named(const filters::Yaml& tree, std::set<std::string>& plain,
                std::set<std::string>& keys)
{
    std::vector<std::pair<filters::Yaml, FileKind>> left{{tree, FileKind::none}};
    while (!left.empty()) {
        const auto [value, kind] = std::move(left.back());
        left.pop_back();
        for (const auto& [key, inner] : value.entries())
            // The key of a feed is a public one, written there.
            if (key.text() != "update")
                left.emplace_back(inner, kind_of(key.text()));
        for (const auto& item : value.items())
            left.emplace_back(item, kind);
        if (!value.is_scalar() || value.text().empty() || value.file().empty()
            || value.file() == "command line")
            continue;
        plain.insert(value.file());
        const auto path = path_of(value);
        if (kind == FileKind::none || value.text().starts_with("feed:"))
            continue;
        (kind == FileKind::key ? keys : plain).insert(path);
    }
}

/// `own`: what comes into a backup with the data directory.
void take_certificates(const std::vector<net::CertificateFiles>& pairs, const std::string& own,
                       std::set<std::string>& plain, std::set<std::string>& keys)
{
    for (const auto& pair : pairs) {
        if (pair.certificate == own)
            continue;
        plain.insert(pair.certificate);
        keys.insert(pair.key);
    }
}
}

BackupSettings read_backup_settings(const filters::Yaml& tree, filters::Complaints& complaints)
{
    BackupSettings settings;
    settings.to = path_of(value_of(tree, "backup.to"));
    settings.keep = count_of(value_of(tree, "backup.keep"));
    settings.has_history = boolean_of(value_of(tree, "backup.history"));
    settings.passphrase_file = path_of(value_of(tree, "backup.passphrase_file"));
    const auto at = value_of(tree, "backup.at");
    if (const auto time = time_of_day(text_of(at)))
        settings.at = *time;
    else
        complaints.push_back(at.complain("\"at\" is a time of the day such as \"03:00\""));
    if (settings.keep == 0)
        complaints.push_back(
            value_of(tree, "backup.keep").complain("one backup at least must be kept"));
    return settings;
}

ConfigurationFiles files_for_backup(const Configuration& configuration)
{
    std::set<std::string> plain, keys;
    take_named(configuration.tree, plain, keys);
    if (!configuration.policy_file.starts_with("embedded:"))
        plain.insert(configuration.policy_file);
    const auto own = own_certificate_file(configuration.data);
    for (const auto& listener : configuration.smtp.listeners)
        take_certificates(listener.certificates, own, plain, keys);
    take_certificates(configuration.web.certificates, own, plain, keys);
    // One file may be both, and is a key then.
    std::erase_if(plain, [&](const auto& path) { return path.empty() || keys.contains(path); });
    keys.erase("");
    return {{plain.begin(), plain.end()}, {keys.begin(), keys.end()}};
}
}
