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
constexpr auto key_names = std::to_array<std::string_view>({"key", "password_file"});
constexpr auto plain_names
    = std::to_array<std::string_view>({"file", "aliases", "ca", "certificate", "policy"});

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

std::string without_quotes(std::string text)
{
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        return text.substr(1, text.size() - 2);
    return text;
}

/// A value that names a file, relative to the file it is written in; "" where there is none.
std::string file_named_by(const EffectiveValue& value)
{
    const auto colon = value.origin.rfind(':');
    if (colon == std::string::npos)
        return {};
    const auto folder = std::filesystem::path{value.origin.substr(0, colon)}.parent_path();
    const auto path = folder / without_quotes(value.value);
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) ? path.string() : std::string{};
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
    const auto values = effective_values(configuration.tree);
    for (const auto& value : values) {
        if (const auto colon = value.origin.rfind(':'); colon != std::string::npos)
            plain.insert(value.origin.substr(0, colon));
        const auto leaf = leaf_of(value.key);
        const auto path = file_named_by(value);
        if (path.empty())
            continue;
        if (std::ranges::find(key_names, leaf) != key_names.end())
            keys.insert(path);
        if (std::ranges::find(plain_names, leaf) != plain_names.end())
            plain.insert(path);
    }
    plain.insert(configuration.policy_file);
    const auto own = own_certificate_file(configuration.data);
    for (const auto& listener : configuration.smtp.listeners)
        take_certificates(listener.certificates, own, plain, keys);
    take_certificates(configuration.web.certificates, own, plain, keys);
    // One file may hold both, a certificate and its key.
    std::erase_if(plain, [&](const std::string& path) { return keys.contains(path); });
    const auto is_no_file = [](const std::string& path) {
        std::error_code ignored;
        return !std::filesystem::is_regular_file(path, ignored);
    };
    std::erase_if(plain, is_no_file);
    std::erase_if(keys, is_no_file);
    return {{plain.begin(), plain.end()}, {keys.begin(), keys.end()}};
}
}
