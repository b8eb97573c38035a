// SPDX-License-Identifier: Apache-2.0
#include "storage/upgrade.hpp"

#include "storage/backup/create.hpp"
#include "storage/backup/room.hpp"
#include "storage/backup/shelf.hpp"
#include "storage/backup/swap.hpp"
#include "storage/backup/verify.hpp"
#include "storage/installation.hpp"
#include "storage/sqlite/formats.hpp"
#include "storage/sqlite/snapshot.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <spdlog/spdlog.h>
#include <stdexcept>

namespace storage {
namespace fs = std::filesystem;

namespace {
/// nullopt: it is damaged, which those find out who open it.
std::optional<std::int64_t> format_in(const std::string& path, Files& files)
{
    try {
        return sqlite::format_of(path, files.vfs());
    } catch (const sqlite::Error& error) {
        spdlog::warn("{} cannot be read: {}", path, error.what());
        return {};
    }
}

/// The newest backup that this program can read.
std::string way_back(const std::string& folder)
{
    for (const auto& kept : backup::kept_in(folder)) {
        if (!kept.is_before_upgrade)
            continue;
        try {
            if (backup::too_new(backup::about_of(kept.path)).empty())
                return fmt::format(
                    "go back to what was kept before the upgrade, and lose what came "
                    "since: mailweir backup restore {}",
                    kept.path);
        } catch (const std::exception& error) {
            spdlog::warn("{}: {}", kept.path, error.what());
        }
    }
    return fmt::format("restore a backup that this version made: mailweir backup restore FILE "
                       "(there is none in {})",
                       folder);
}

std::vector<sqlite::KnownDatabase> find_old(const std::string& data, const std::string& backups,
                                            Files& files)
{
    std::vector<sqlite::KnownDatabase> old;
    for (const auto& known : sqlite::known_databases()) {
        const auto format = format_in(fmt::format("{}/{}", data, known.name), files);
        const auto newest = static_cast<std::int64_t>(known.migrations.size());
        if (format && *format > newest)
            throw std::runtime_error{fmt::format(
                "{} was written by a newer mailweir (format {}, this one knows {}): install that "
                "version again, or {}",
                known.name, *format, newest, way_back(backups))};
        if (format && *format > 0 && *format < newest)
            old.push_back(known);
    }
    return old;
}

/// Copies of the old databases in the waiting folder, in the formats of this program.
void migrate_copies(const std::string& data, const std::vector<sqlite::KnownDatabase>& old,
                    Files& files)
{
    fs::create_directory(backup::waiting_folder(data));
    for (const auto& known : old) {
        const auto source = fmt::format("{}/{}", data, known.name);
        const auto copy = fmt::format("{}/{}", backup::waiting_folder(data), known.name);
        backup::need_room(data, data, fs::file_size(source));
        files.reach(Files::Step::create, copy);
        make_private_file(copy);
        sqlite::copy_database(source, copy, files.vfs(),
                              [&] { files.reach(Files::Step::write, copy); });
        {
            auto database = sqlite::open_alone(copy);
            for (std::size_t step = 1; step <= known.migrations.size(); ++step) {
                files.reach(Files::Step::write, copy);
                sqlite::migrate(database, known.migrations.first(step));
            }
        }
        if (const auto damage = sqlite::damage_of(copy); !damage.empty())
            throw std::runtime_error{fmt::format("{}: {}", known.name, damage)};
        for (const auto* end : {"-wal", "-shm", "-journal"})
            fs::remove(copy + end);
    }
}

std::vector<std::string> logs_of(const std::string& data,
                                 const std::vector<sqlite::KnownDatabase>& old)
{
    std::vector<std::string> names;
    for (const auto& known : old)
        for (const auto* end : {"-wal", "-shm", "-journal"})
            if (const auto name = std::string{known.name} + end; fs::exists(data + "/" + name))
                names.push_back(name);
    return names;
}

std::string make_backup(const std::string& data, const std::string& folder, const Upgrade& settings,
                        std::chrono::sys_seconds now, Files& files)
{
    backup::Order order{.data = data, .to = folder, .about = {}};
    order.about.version = settings.version;
    order.about.host = settings.host;
    order.about.kind = "before-upgrade";
    order.about.made = now;
    try {
        return backup::create(std::move(order), files).path;
    } catch (const std::exception& error) {
        throw std::runtime_error{fmt::format(
            "before an upgrade everything is backed up, and that failed: {}. Nothing was changed. "
            "Make room, or name another folder as backup.to, and start again; or install the "
            "version before again",
            error.what())};
    }
}

void upgrade_locked(const std::string& data, const Upgrade& settings, std::chrono::sys_seconds now,
                    Files& files)
{
    const auto folder = settings.backups.empty() ? data + "/backups" : settings.backups;
    const auto old = find_old(data, folder, files);
    if (old.empty())
        return;
    spdlog::info("upgrade: {} databases have an older format; they are backed up first",
                 old.size());
    const auto path = make_backup(data, folder, settings, now, files);
    const auto aside = "before-upgrade-" + backup::compact_time(now);
    try {
        migrate_copies(data, old, files);
    } catch (const std::exception& error) {
        // Tried again and again it must not fill the disk; nothing of it is needed.
        std::error_code ignored;
        fs::remove_all(backup::waiting_folder(data), ignored);
        fs::remove(path, ignored);
        throw std::runtime_error{
            fmt::format("the upgrade failed: {}. The store is as it was: install the version "
                        "before again, or put right what is wrong and start again",
                        error.what())};
    }
    backup::give_to_owner_of(backup::waiting_folder(data), data);
    backup::exchange(data, aside, logs_of(data, old), files);
    std::error_code ignored;
    fs::remove_all(data + "/" + aside, ignored);
    spdlog::info("upgrade: done; what was there before is in {}", path);
    try {
        backup::prune(folder, ~std::size_t{0}, files);
    } catch (const std::exception& error) {
        spdlog::warn("old backups were not cleared away: {}", error.what());
    }
}
}

std::string upgrade(const std::string& data, const Upgrade& settings, std::chrono::sys_seconds now,
                    Files& files)
{
    if (!fs::exists(data))
        return {};
    try {
        const auto lock = lock_directory(data);
        backup::finish_exchange(data, files);
        upgrade_locked(data, settings, now, files);
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}
}
