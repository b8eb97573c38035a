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
constexpr std::string_view aside_prefix = "before-upgrade-";

struct Damaged : std::runtime_error {
    using std::runtime_error::runtime_error;
};

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

void migrate_copy(const std::string& copy, const sqlite::KnownDatabase& known,
                  const sqlite::Between& working, Files& files)
{
    const auto format = static_cast<std::size_t>(sqlite::format_of(copy, nullptr));
    auto database = sqlite::open_alone(copy);
    const sqlite::Progress progress{database, working};
    for (auto step = format + 1; step <= known.migrations.size(); ++step) {
        files.reach(Files::Step::write, copy);
        sqlite::migrate(database, known.migrations.first(step));
    }
}

void make_copy(const std::string& data, const std::string& copy, const sqlite::KnownDatabase& known,
               const sqlite::Between& working, Files& files)
{
    const auto source = fmt::format("{}/{}", data, known.name);
    backup::need_room(data, data, fs::file_size(source));
    files.reach(Files::Step::create, copy);
    make_private_file(copy);
    try {
        sqlite::copy_database(source, copy, files.vfs(), [&] {
            files.reach(Files::Step::write, copy);
            working();
        });
    } catch (const sqlite::Error& error) {
        if (!error.is_corruption() && !error.is_read_fault())
            throw;
        throw Damaged{fmt::format("{} is damaged: {}", known.name, error.what())};
    }
    if (const auto damage = sqlite::damage_of(copy, working); !damage.empty())
        throw Damaged{fmt::format("{} is damaged: {}", known.name, damage)};
    migrate_copy(copy, known, working, files);
}

/// Copies of the old databases in the waiting folder, in the formats of this program. A damaged one
/// that is begun anew when it is opened is left to that.
void migrate_copies(const std::string& data, std::vector<sqlite::KnownDatabase>& old,
                    const sqlite::Between& working, Files& files)
{
    fs::create_directory(backup::waiting_folder(data));
    std::erase_if(old, [&](const auto& known) {
        const auto copy = fmt::format("{}/{}", backup::waiting_folder(data), known.name);
        bool is_left = false;
        try {
            make_copy(data, copy, known, working, files);
        } catch (const Damaged& damage) {
            if (!known.is_replaceable)
                throw;
            spdlog::warn("upgrade: {}", damage.what());
            is_left = true;
        }
        for (const auto* end : {"-wal", "-shm", "-journal"})
            fs::remove(copy + end);
        return is_left && fs::remove(copy);
    });
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

std::string failed_path(const std::string& data) { return data + "/upgrade.failed"; }

/// What a failed migration has seen: as long as it is the same, it would fail again.
std::string state_of(const std::string& data, const std::vector<sqlite::KnownDatabase>& old,
                     const Upgrade& settings)
{
    auto text = settings.version + "\n";
    for (const auto& known : old) {
        const auto path = fmt::format("{}/{}", data, known.name);
        std::error_code ignored;
        for (const auto* end : {"", "-wal"})
            text
                += fmt::format("{}{} {} {}\n", known.name, end, fs::file_size(path + end, ignored),
                               fs::last_write_time(path + end, ignored).time_since_epoch().count());
    }
    return text;
}

/// Started again every other second, it must not copy everything each time.
void refuse_what_failed(const std::string& data, const std::string& state, Files& files)
{
    std::string text;
    if (fs::exists(failed_path(data)))
        files.read(failed_path(data), [&](std::string_view bytes) { text += bytes; });
    if (!text.empty() && text.starts_with(state))
        throw std::runtime_error{
            fmt::format("{} (Nothing has changed since; remove {} to try again.)",
                        text.substr(state.size()), failed_path(data))};
}

std::string failure(const std::string& why)
{
    return fmt::format("the upgrade failed: {}. The store is as it was: install the version before "
                       "again, or put right what is wrong and start again",
                       why);
}

void try_migrations(const std::string& data, std::vector<sqlite::KnownDatabase>& old,
                    const Upgrade& settings, Files& files)
{
    const auto state = state_of(data, old, settings);
    refuse_what_failed(data, state, files);
    const auto leave = [&](const char* why) {
        std::error_code ignored;
        fs::remove_all(backup::waiting_folder(data), ignored);
        return failure(why);
    };
    try {
        migrate_copies(data, old, settings.working, files);
    } catch (const sqlite::Error& error) {
        const auto said = leave(error.what());
        if (!error.is_full())
            files.create(data, "upgrade.failed",
                         [&](const Files::Write& write) { write(state + said); });
        throw std::runtime_error{said};
    } catch (const std::exception& error) {
        throw std::runtime_error{leave(error.what())};
    }
}

std::string make_backup(const std::string& data, const std::string& folder, const Upgrade& settings,
                        std::chrono::sys_seconds now, Files& files)
{
    backup::Order order{.data = data, .to = folder, .about = {}};
    order.about.version = settings.version;
    order.about.host = settings.host;
    order.about.kind = "before-upgrade";
    order.about.made = now;
    order.between = settings.working;
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

/// What stood there before is in the backup: nothing else may outlive the retention.
void remove_asides(const std::string& data)
{
    for (const auto& name : Files::real().names(data))
        if (name.starts_with(aside_prefix))
            fs::remove_all(fs::path{data} / name);
}

void put_in_place(const std::string& data, const std::string& path,
                  const std::vector<sqlite::KnownDatabase>& old, std::chrono::sys_seconds now,
                  Files& files)
{
    try {
        backup::exchange(data, std::string{aside_prefix} + backup::compact_time(now),
                         logs_of(data, old), files);
    } catch (const std::exception& error) {
        // Behind the deciding step the next start ends it, and makes no second backup.
        if (fs::exists(data + "/restore.journal"))
            throw;
        std::error_code ignored;
        fs::remove_all(backup::waiting_folder(data), ignored);
        fs::remove(path, ignored);
        throw std::runtime_error{failure(error.what())};
    }
}

/// The migrations first: where they fail no backup has filled the disk.
void upgrade_locked(const std::string& data, const Upgrade& settings, std::chrono::sys_seconds now,
                    Files& files)
{
    const auto folder = settings.backups.empty() ? data + "/backups" : settings.backups;
    auto old = find_old(data, folder, files);
    if (old.empty())
        return;
    spdlog::info("upgrade: {} databases have an older format; the store is backed up, too",
                 old.size());
    try_migrations(data, old, settings, files);
    if (old.empty())
        return;
    std::string path;
    try {
        path = make_backup(data, folder, settings, now, files);
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(backup::waiting_folder(data), ignored);
        throw;
    }
    put_in_place(data, path, old, now, files);
    remove_asides(data);
    files.remove(failed_path(data));
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
        remove_asides(data);
        upgrade_locked(data, settings, now, files);
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}
}
