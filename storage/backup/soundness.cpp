// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/soundness.hpp"

#include "gateway/mail/id.hpp"
#include "storage/sqlite/formats.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace storage::backup {
bool is_replaceable(std::string_view database)
{
    const auto known = sqlite::known_databases();
    const auto found = std::ranges::find(known, database, &sqlite::KnownDatabase::name);
    return found == known.end() || found->is_replaceable;
}

std::string fault_of(const std::string& path, std::string_view name, const About& about,
                     const sqlite::Between& between)
{
    if (auto damage = sqlite::damage_of(path, between); !damage.empty())
        return damage;
    const auto said = about.formats.find(std::string{name});
    if (said == about.formats.end())
        return "the backup does not say that it has it";
    const auto format = sqlite::format_of(path, nullptr);
    return format == said->second
        ? std::string{}
        : fmt::format("it has format {}, and the backup says {}", format, said->second);
}

std::vector<std::string> bodies_needed(const std::string& path)
{
    if (sqlite::format_of(path, nullptr) == 0)
        return {};
    auto database = sqlite::open_alone(path);
    std::vector<std::string> names;
    sqlite::Statement bodies{database, "SELECT id FROM mails WHERE place = 2"};
    for (bodies.start(); bodies.next();)
        names.push_back(::mail::MailId{static_cast<std::uint64_t>(bodies.integer(0))}.to_string());
    return names;
}
}
