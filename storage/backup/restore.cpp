// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/restore.hpp"

#include "storage/backup/archive.hpp"
#include "storage/backup/room.hpp"
#include "storage/backup/swap.hpp"
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
constexpr std::string_view lists_copy = "mail.db.of-backup";

/// Where a member belongs.
struct Place {
    Part part = Part::other;
    std::string name; ///< below the data directory, or below the folder of configuration files
    bool is_sealed = false, is_outside = false;
};

Place place_of(std::string_view member)
{
    Place place;
    place.is_sealed = member.starts_with(sealed_prefix);
    if (place.is_sealed)
        member.remove_prefix(sealed_prefix.size());
    if (member.starts_with(configuration_prefix)) {
        place.part = Part::configuration;
        place.is_outside = true;
        place.name = member.substr(configuration_prefix.size());
        return place;
    }
    if (!member.starts_with(data_prefix))
        throw std::runtime_error{fmt::format("it has the member {}, which no backup has", member)};
    place.name = member.substr(data_prefix.size());
    const auto part = part_of(std::string_view{place.name}.substr(0, place.name.find('/')));
    if (!part)
        throw std::runtime_error{fmt::format("it has the member {}, which no backup has", member)};
    place.part = *part;
    return place;
}

void write_file(const std::string& path, ArchiveReader& archive, Files& files)
{
    fs::create_directories(fs::path{path}.parent_path());
    files.reach(Files::Step::create, path);
    const auto file = FileHandle::open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    archive.read([&](std::string_view bytes) {
        files.reach(Files::Step::write, path);
        while (!bytes.empty()) {
            const auto written = ::write(file.number(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written <= 0)
                throw std::system_error{errno, std::generic_category(), "cannot write " + path};
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    });
}

void write_text(const std::string& path, std::string_view text, Files& files)
{
    fs::create_directories(fs::path{path}.parent_path());
    files.create(fs::path{path}.parent_path().string(), fs::path{path}.filename().string(),
                 [&](const Files::Write& write) { write(text); });
}

/// One restore under way.
class Restoring {
public:
    Restoring(const RestoreOrder& order, Files& files) : order_{order}, files_{files} { }
    Restored run();

private:
    bool is_wanted(const Place& place);
    void look(const Inventory& inventory);
    void lock();
    void extract();
    void extract_one(ArchiveReader& archive, const Member& member);
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
};

bool Restoring::is_wanted(const Place& place)
{
    if (place.is_sealed && order_.passphrase.empty()) {
        are_keys_left_ = true;
        return false;
    }
    if (place.is_outside)
        return !order_.configuration_to.empty();
    if (order_.only.empty() || order_.only.contains(place.part))
        return true;
    return place.name == "mail.db" && order_.only.contains(Part::lists);
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
        const bool is_for_lists
            = place.name == "mail.db" && !order_.only.empty() && !order_.only.contains(Part::mail);
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
    if (are_keys_left_ && (order_.only.empty() || order_.only.contains(Part::keys)))
        result_.notes.emplace_back("its keys stay closed: no passphrase was given");
}

/// The gate's lock and the supervisor's.
void Restoring::lock()
{
    make_directory(order_.data);
    for (const auto* name : {"lock", "serve.lock"}) {
        const auto path = order_.data + "/" + name;
        auto file = std::make_shared<FileHandle>(FileHandle::open(path, O_RDWR | O_CREAT));
        if (::flock(file->number(), LOCK_EX | LOCK_NB) != 0)
            throw std::runtime_error{
                fmt::format("a gateway is at work in {}: stop it first (systemctl stop mailweir)",
                            order_.data)};
        give_to_owner_of(path, order_.data);
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

void Restoring::extract_one(ArchiveReader& archive, const Member& member)
{
    if (member.name == about_name || member.name == sums_name)
        return;
    const auto place = place_of(member.name);
    if (!is_wanted(place))
        return;
    const bool is_for_lists
        = place.name == "mail.db" && !order_.only.empty() && !order_.only.contains(Part::mail);
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

void Restoring::extract()
{
    need_room(order_.data, order_.data, bytes_);
    fs::create_directory(waiting_folder(order_.data));
    ArchiveReader archive{order_.archive};
    while (const auto member = archive.next())
        extract_one(archive, *member);
}

/// The lists of the backup in a copy of the mail.db that is there.
void Restoring::take_lists()
{
    const auto from = waiting(lists_copy), to = waiting("mail.db"), old = order_.data + "/mail.db";
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
    if (!fs::exists(waiting("mail.db")) || !parts_.contains(Part::mail))
        return;
    fs::create_directory(waiting("bodies"));
    auto mail = sqlite::open_alone(waiting("mail.db"));
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
    give_to_owner_of(waiting_folder(order_.data), order_.data);
    const auto aside = "before-restore-" + compact_time(order_.now);
    exchange(order_.data, aside, away(), files_);
    const auto path = order_.data + "/" + aside;
    if (fs::is_empty(path))
        fs::remove(path);
    else
        result_.aside = path;
}

Restored Restoring::run()
{
    look(read_through(order_.archive));
    const bool is_new = !fs::exists(order_.data);
    if (order_.is_rehearsal && is_new)
        return std::move(result_);
    lock();
    if (order_.is_rehearsal)
        return std::move(result_);
    finish_exchange(order_.data, files_);
    try {
        extract();
        take_lists();
        finish_mail();
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(waiting_folder(order_.data), ignored);
        throw;
    }
    put_in_place();
    return std::move(result_);
}
}

Restored restore(const RestoreOrder& order, Files& files) { return Restoring{order, files}.run(); }
}
