// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/restore.hpp"

#include "storage/backup/archive.hpp"
#include "storage/backup/owner.hpp"
#include "storage/backup/place.hpp"
#include "storage/backup/private_key.hpp"
#include "storage/backup/room.hpp"
#include "storage/backup/soundness.hpp"
#include "storage/backup/swap.hpp"
#include "storage/database_file.hpp"
#include "storage/installation.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/snapshot.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace storage::backup {
namespace fs = std::filesystem;

namespace {
constexpr std::string_view lists_copy = "lists.of-backup";

std::string_view mail_name() { return file_name(DatabaseFile::mail); }

/// One restore under way.
class Restoring {
public:
    Restoring(const RestoreOrder& order, Files& files) : order_{order}, files_{files} { }
    Restored run();

private:
    bool is_wanted(const Place& place);
    void look(const Inventory& inventory);
    void lock();
    FileHandle lock_file(const std::string& path) const;
    void rehearse();
    void replace();
    void extract(bool is_outside);
    void extract_one(ArchiveReader& archive, const Member& member, const Place& place);
    void look_into_databases();
    void keep_keys();
    void open_sealed(ArchiveReader& archive, const Place& place, const std::string& path);
    void take_lists();
    void finish_mail();
    std::vector<std::string> away() const;
    void put_in_place();
    std::string waiting(std::string_view name) const
    {
        return waiting_folder(order_.data) + "/" + std::string{name};
    }

    const RestoreOrder& order_;
    Files& files_;
    Restored result_;
    std::map<Part, PartReport> parts_;
    std::uint64_t bytes_ = 0;
    std::vector<std::shared_ptr<FileHandle>> locks_;
    std::optional<Seal> seal_;
    bool are_keys_left_ = false;
    std::set<std::string> unknown_; ///< databases that this version does not know
};

bool Restoring::is_wanted(const Place& place)
{
    if (!place.is_outside && is_database(place.name) && !known_formats().contains(place.name)
        && result_.about.formats.contains(place.name)) {
        unknown_.insert(place.name);
        return false;
    }
    if (place.is_sealed && order_.passphrase.empty()) {
        are_keys_left_ = true;
        return false;
    }
    if (place.is_outside)
        return !order_.configuration_to.empty();
    if (order_.only.empty() || order_.only.contains(place.part))
        return true;
    return place.name == mail_name() && order_.only.contains(Part::lists);
}

void Restoring::look(const Inventory& inventory)
{
    result_.about = inventory.about;
    if (auto why = too_new(inventory.about); !why.empty())
        throw std::runtime_error{why};
    if (!order_.passphrase.empty() && !inventory.about.keys.salt.empty())
        seal_.emplace(order_.passphrase, inventory.about.keys);
    for (const auto& member : inventory.members) {
        const auto place = place_of(member.name);
        if (!is_wanted(place))
            continue;
        const bool is_for_lists = place.name == mail_name() && !order_.only.empty()
            && !order_.only.contains(Part::mail);
        auto& report = parts_[is_for_lists ? Part::lists : place.part];
        ++report.files;
        report.bytes += member.size;
        bytes_ += member.size;
    }
    for (auto& [part, report] : parts_) {
        report.name = name_of(part);
        result_.parts.push_back(report);
    }
    for (const auto part : order_.only)
        if (!parts_.contains(part))
            result_.notes.push_back(fmt::format("there is nothing of \"{}\" in it", name_of(part)));
    for (const auto& name : unknown_)
        result_.notes.push_back(
            fmt::format("{} stays in the backup: this version does not know it", name));
    if (are_keys_left_ && (order_.only.empty() || order_.only.contains(Part::keys)))
        result_.notes.emplace_back("its keys stay closed: no passphrase was given");
}

/// As the owner of the directory, so that a kill leaves no lock that only root can open; but the
/// one of a supervisor that was started by root is root's.
FileHandle Restoring::lock_file(const std::string& path) const
{
    try {
        const AsOwnerOf owner{order_.data};
        return FileHandle::open(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::permission_denied)
            throw;
    }
    return FileHandle::open(path, O_RDWR | O_NOFOLLOW);
}

/// The gate's lock and the supervisor's.
void Restoring::lock()
{
    make_directory(order_.data);
    for (const auto* name : {"lock", "serve.lock"}) {
        auto file = std::make_shared<FileHandle>(lock_file(order_.data + "/" + name));
        if (::flock(file->number(), LOCK_EX | LOCK_NB) != 0)
            throw std::runtime_error{fmt::format(
                "a gateway is at work in {}: stop it first, and the sockets that would start it "
                "again (systemctl stop 'mailweir*.socket' mailweir.service)",
                order_.data)};
        locks_.push_back(std::move(file));
    }
}

void Restoring::open_sealed(ArchiveReader& archive, const Place& place, const std::string& path)
{
    const auto prefix = place.is_outside ? configuration_prefix : data_prefix;
    const auto text = seal_ ? seal_->open(std::string{prefix} + place.name, archive.text(2 << 20))
                            : std::nullopt;
    if (!text)
        throw std::runtime_error{"the passphrase does not open the keys in it"};
    write_text(path, *text, files_);
}

void Restoring::extract_one(ArchiveReader& archive, const Member& member, const Place& place)
{
    const bool is_for_lists
        = place.name == mail_name() && !order_.only.empty() && !order_.only.contains(Part::mail);
    const auto path = place.is_outside ? order_.configuration_to + "/" + place.name
                                       : waiting(is_for_lists ? lists_copy : place.name);
    if (!member.link.empty()) {
        fs::create_directories(fs::path{path}.parent_path());
        fs::create_symlink(member.link, path);
    } else if (place.is_sealed)
        open_sealed(archive, place, path);
    else
        write_file(path, archive, files_);
}

/// What belongs into the data directory is written as its owner, all else as whoever we are.
void Restoring::extract(bool is_outside)
{
    ArchiveReader archive{order_.archive};
    std::optional<AsOwnerOf> owner;
    if (!is_outside) {
        owner.emplace(order_.data);
        fs::create_directory(waiting_folder(order_.data));
    }
    while (const auto member = archive.next()) {
        if (member->name == about_name || member->name == sums_name)
            continue;
        const auto place = place_of(member->name);
        if (place.is_outside == is_outside && is_wanted(place))
            extract_one(archive, *member, place);
    }
}

/// Before anything is touched.
void Restoring::look_into_databases()
{
    for (const auto& name : files_.names(waiting_folder(order_.data))) {
        const bool is_for_lists = name == lists_copy;
        if (!is_database(name) && !is_for_lists)
            continue;
        const auto database = is_for_lists ? mail_name() : std::string_view{name};
        const auto why = fault_of(waiting(name), database, result_.about);
        for (const auto* end : {"-wal", "-shm"})
            fs::remove(waiting(name) + end);
        if (!why.empty())
            throw std::runtime_error{fmt::format("{} in it: {}", database, why)};
        if (name != mail_name())
            continue;
        for (const auto& body : bodies_needed(waiting(name)))
            if (!fs::exists(waiting("bodies/" + body)))
                throw std::runtime_error{fmt::format("the body of {} is missing in it", body)};
    }
}

/// A folder takes the place of another as a whole; keys in the old one that the backup does not
/// bring stay.
void Restoring::keep_keys()
{
    for (const auto& name : files_.names(waiting_folder(order_.data))) {
        if (part_of(name) != Part::other || !fs::is_directory(order_.data + "/" + name))
            continue;
        for (const auto& entry : fs::recursive_directory_iterator{order_.data + "/" + name}) {
            const auto member = entry.path().lexically_relative(order_.data).string();
            if (!entry.is_symlink() && entry.is_regular_file() && !fs::exists(waiting(member))
                && (is_key_name(member) || holds_private_key(entry.path().string()))) {
                fs::create_directories(fs::path{waiting(member)}.parent_path());
                fs::copy_file(entry.path(), waiting(member));
            }
        }
    }
}

/// The lists of the backup in a copy of the mail.db that is there.
void Restoring::take_lists()
{
    const auto from = waiting(lists_copy), to = waiting(mail_name()),
               old = path_in(order_.data, DatabaseFile::mail);
    if (!fs::exists(from))
        return;
    if (sqlite::format_of(old, files_.vfs()) == 0)
        throw std::runtime_error{fmt::format(
            "{} is not there: lists alone go into an installation that has run before", old)};
    make_private_file(to);
    sqlite::copy_database(old, to, files_.vfs(), [&] { files_.reach(Files::Step::write, to); });
    {
        auto backup = sqlite::open_alone(from), mail = sqlite::open_alone(to);
        sqlite::migrate(backup, sqlite::mail_migrations());
        sqlite::migrate(mail, sqlite::mail_migrations());
        sqlite::Statement all{backup,
                              "SELECT number, scope, effect, kind, text, author, note, created, "
                              "expires, hits, last_hit FROM lists"};
        sqlite::Statement put{mail,
                              "INSERT INTO lists(number, scope, effect, kind, text, author, note, "
                              "created, expires, hits, last_hit) "
                              "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"};
        sqlite::Transaction transaction{mail};
        mail.run("DELETE FROM lists");
        for (all.start(); all.next();)
            put.copy(all, 11);
        transaction.commit();
    }
    files_.remove(from);
}

void Restoring::finish_mail()
{
    if (!fs::exists(waiting(mail_name())) || !parts_.contains(Part::mail))
        return;
    fs::create_directory(waiting("bodies"));
    auto mail = sqlite::open_alone(waiting(mail_name()));
    sqlite::migrate(mail, sqlite::mail_migrations());
    sqlite::Statement count{mail, "SELECT count(*) FROM rows WHERE state = 0"};
    count.start().next();
    result_.waiting = static_cast<std::size_t>(count.integer(0));
    count.reset();
    if (order_.holds_waiting)
        sqlite::Statement{mail,
                          "UPDATE rows SET state = 1, unreachable_since = 0, changed_at = ?1, "
                          "reason = 'restored from a backup' WHERE state = 0"}
            .run(std::chrono::nanoseconds{order_.now.time_since_epoch()}.count());
}

/// All that belongs to the parts which come, in the data directory, and the logs of databases.
std::vector<std::string> Restoring::away() const
{
    std::set<std::string> gone;
    const auto replaced = files_.names(waiting_folder(order_.data));
    for (const auto& name : files_.names(order_.data)) {
        const auto part = part_of(name);
        if (part && parts_.contains(*part) && std::ranges::find(replaced, name) == replaced.end())
            gone.insert(name);
    }
    // What the journal of recent transactions knows may be missing in older mail.
    if (parts_.contains(Part::mail))
        gone.insert("dedupe.journal");
    for (const auto& name : replaced)
        if (is_database(name))
            for (const auto* end : {"-wal", "-shm", "-journal"})
                gone.insert(name + end);
    for (const auto& name : std::set{gone})
        if (is_database(name))
            for (const auto* end : {"-wal", "-shm", "-journal"})
                gone.insert(name + end);
    std::erase_if(gone, [&](const auto& name) { return !fs::exists(order_.data + "/" + name); });
    return {gone.begin(), gone.end()};
}

void Restoring::put_in_place()
{
    const auto aside = "before-restore-" + compact_time(order_.now);
    exchange(order_.data, aside, away(), files_);
    const auto path = order_.data + "/" + aside;
    if (fs::is_empty(path))
        fs::remove(path);
    else
        result_.aside = path;
}

/// All that can be said while a gateway is at work.
void Restoring::rehearse()
{
    const auto found
        = verify(order_.archive, order_.passphrase, fs::temp_directory_path().string());
    look(found.inventory);
    if (!found.problems.empty())
        throw std::runtime_error{found.problems.front()};
    if (fs::exists(order_.data))
        need_room(order_.data, order_.data, bytes_);
}

void Restoring::replace()
{
    if (!order_.configuration_to.empty())
        extract(true);
    need_room(order_.data, order_.data, bytes_);
    try {
        extract(false);
        const AsOwnerOf owner{order_.data};
        look_into_databases();
        keep_keys();
        take_lists();
        finish_mail();
    } catch (...) {
        const AsOwnerOf owner{order_.data};
        std::error_code ignored;
        fs::remove_all(waiting_folder(order_.data), ignored);
        throw;
    }
    const AsOwnerOf owner{order_.data};
    put_in_place();
}

Restored Restoring::run()
{
    if (order_.is_rehearsal) {
        rehearse();
        return std::move(result_);
    }
    look(read_through(order_.archive));
    lock();
    {
        const AsOwnerOf owner{order_.data};
        finish_exchange(order_.data, files_);
    }
    replace();
    return std::move(result_);
}
}

Restored restore(const RestoreOrder& order, Files& files) { return Restoring{order, files}.run(); }
}
