// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/create.hpp"

#include "gateway/mail/id.hpp"
#include "storage/backup/archive.hpp"
#include "storage/backup/parts.hpp"
#include "storage/backup/room.hpp"
#include "storage/backup/shelf.hpp"
#include "storage/backup/verify.hpp"
#include "storage/installation.hpp"
#include "storage/write_all.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace storage::backup {
namespace fs = std::filesystem;

namespace {
constexpr std::uint64_t longest_key = 1 << 20;
constexpr std::string_view work_prefix = ".mailweir-", partial_suffix = ".partial";

/// One backup under way.
class Making {
public:
    Making(const Order& order, ArchiveWriter& archive, const std::optional<Seal>& seal,
           std::string work, Files& files)
        : order_{order}, archive_{archive}, seal_{seal}, work_{std::move(work)}, files_{files}
    { }

    void add_data();
    void add_outside();
    std::vector<std::string> notes;

private:
    void add_database(const std::string& name);
    void add_mail(const std::string& copy);
    void add_tree(const fs::path& path, const std::string& name, bool is_key);
    void add_file(const fs::path& path, const std::string& name);
    void add_key(const fs::path& path, const std::string& name);
    std::string copy_of(const std::string& database);

    const Order& order_;
    ArchiveWriter& archive_;
    const std::optional<Seal>& seal_;
    std::string work_;
    Files& files_;
};

std::string Making::copy_of(const std::string& database)
{
    const auto source = order_.data + "/" + database;
    std::error_code error;
    need_room(work_, order_.data, fs::file_size(source, error));
    const auto copy = work_ + "/" + database;
    files_.remove(copy);
    files_.reach(Files::Step::create, copy);
    make_private_file(copy);
    sqlite::copy_database(source, copy, files_.vfs(), [&] {
        files_.reach(Files::Step::write, copy);
        order_.between();
    });
    return copy;
}

void Making::add_file(const fs::path& path, const std::string& name)
{
    order_.between();
    const auto file = FileHandle::open(path.string(), O_RDONLY | O_NOFOLLOW);
    struct stat status{};
    if (::fstat(file.number(), &status) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot read " + path.string()};
    archive_.add(name, static_cast<std::uint64_t>(status.st_size), [&](const Files::Write& write) {
        std::string buffer(256 * 1024, '\0');
        auto left = static_cast<std::size_t>(status.st_size);
        while (left > 0) {
            const auto got = ::read(file.number(), buffer.data(), std::min(left, buffer.size()));
            if (got < 0)
                throw std::system_error{errno, std::generic_category(),
                                        "cannot read " + path.string()};
            if (got == 0)
                return;
            write({buffer.data(), static_cast<std::size_t>(got)});
            left -= static_cast<std::size_t>(got);
            order_.between();
        }
    });
}

/// Bodies that were delivered since the copy was made are no longer ours: their mails leave the
/// copy.
void Making::add_mail(const std::string& copy)
{
    auto database = sqlite::open_alone(copy);
    std::vector<std::int64_t> gone;
    sqlite::Statement bodies{database, "SELECT id FROM mails WHERE place = 2"};
    for (bodies.start(); bodies.next();) {
        const auto id = ::mail::MailId{static_cast<std::uint64_t>(bodies.integer(0))}.to_string();
        try {
            add_file(order_.data + "/bodies/" + id, "data/bodies/" + id);
        } catch (const std::system_error& error) {
            if (error.code().value() != ENOENT)
                throw;
            gone.push_back(bodies.integer(0));
        }
    }
    bodies.reset();
    for (const auto id : gone)
        for (const std::string table : {"rows WHERE mail", "bodies WHERE mail", "mails WHERE id"})
            sqlite::Statement{database, "DELETE FROM " + table + " = ?1"}.run(id);
}

void Making::add_database(const std::string& name)
{
    if (!fs::exists(order_.data + "/" + name))
        return;
    const auto copy = copy_of(name);
    if (name == "mail.db")
        add_mail(copy);
    add_file(copy, std::string{data_prefix} + name);
    files_.remove(copy);
}

void Making::add_key(const fs::path& path, const std::string& name)
{
    if (!seal_)
        return;
    std::string text;
    files_.read(path.string(), [&](std::string_view bytes) {
        if (text.size() + bytes.size() > longest_key)
            throw std::runtime_error{fmt::format("{} is too large for a key", path.string())};
        text += bytes;
    });
    const auto member = std::string{sealed_prefix} + name;
    archive_.add_text(member, seal_->close(name, text));
}

/// Iterative; links only where they stay in their folder.
void Making::add_tree(const fs::path& path, const std::string& name, bool is_key)
{
    const auto add_one = [&](const fs::path& file, const std::string& member) {
        if (is_key)
            add_key(file, member);
        else if (fs::is_symlink(file))
            archive_.add_link(member, fs::read_symlink(file).string());
        else if (fs::is_regular_file(file))
            add_file(file, member);
    };
    if (fs::is_symlink(path) || !fs::is_directory(path)) {
        add_one(path, name);
        return;
    }
    for (const auto& entry : fs::recursive_directory_iterator{path})
        if (entry.is_symlink() || !entry.is_directory())
            add_one(entry.path(), name + "/" + entry.path().lexically_relative(path).string());
}

void Making::add_data()
{
    std::vector<std::string> names;
    for (const auto& name : files_.names(order_.data))
        if (const auto part = part_of(name))
            if (order_.has_history || part != Part::history)
                names.push_back(name);
    std::ranges::sort(names);
    for (const auto& name : names) {
        const auto path = fs::path{order_.data} / name;
        if (is_database(name))
            add_database(name);
        else if (name != "bodies" && !fs::is_socket(path) && !fs::is_fifo(path))
            add_tree(path, std::string{data_prefix} + name, part_of(name) == Part::keys);
    }
    if (!seal_)
        notes.emplace_back("keys are not in it: backup.passphrase_file names no passphrase");
    if (!order_.has_history)
        notes.emplace_back("history is not in it, as the configuration says");
}

void Making::add_outside()
{
    const auto name_of_path = [](const std::string& path) {
        return std::string{configuration_prefix}
        + fs::absolute(path).lexically_normal().relative_path().string();
    };
    const auto unless_refused = [&](const std::string& path, const auto& add) {
        try {
            add();
        } catch (const std::system_error& error) {
            // Root alone may read it, such as the key of the pages; or it is gone by now.
            if (error.code() != std::errc::permission_denied
                && error.code() != std::errc::no_such_file_or_directory)
                throw;
            notes.push_back(fmt::format("{} is not in it: {}", path, error.code().message()));
        }
    };
    for (const auto& path : order_.configuration)
        unless_refused(path, [&] { add_file(fs::canonical(path), name_of_path(path)); });
    for (const auto& path : order_.keys)
        unless_refused(path, [&] { add_key(path, name_of_path(path)); });
}

/// The folder's lock; and what a crash left there goes.
FileHandle enter(const std::string& folder, const std::string& data)
{
    std::error_code error;
    fs::create_directories(fs::path{folder}.parent_path(), error);
    const bool is_made = ::mkdir(folder.c_str(), 0700) == 0;
    if (!is_made && errno != EEXIST)
        throw std::system_error{errno, std::generic_category(), "cannot make " + folder};
    if (is_made)
        give_to_owner_of(folder, data);
    const auto path = folder + "/.mailweir-lock";
    auto lock = FileHandle::open(path, O_RDWR | O_CREAT);
    give_to_owner_of(path, folder);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0)
        throw std::runtime_error{fmt::format("another backup is being made in {}", folder)};
    for (const auto& entry : fs::directory_iterator{folder})
        if (const auto name = entry.path().filename().string();
            name.starts_with(work_prefix) && name.ends_with(partial_suffix))
            fs::remove_all(entry.path(), error);
    return lock;
}

void fill_formats(Order& order, Files& files)
{
    for (const auto& name : files.names(order.data))
        if (is_database(name) && part_of(name) && (order.has_history || name != "history.db"))
            order.about.formats[name] = sqlite::format_of(order.data + "/" + name, files.vfs());
}

std::vector<std::string> write_archive(const Order& order, const std::string& partial,
                                       const std::string& work, Files& files)
{
    std::optional<Seal> seal;
    if (!order.passphrase.empty())
        seal.emplace(order.passphrase, order.about.keys);
    files.reach(Files::Step::create, partial);
    const auto file = FileHandle::open(partial, O_WRONLY | O_CREAT | O_EXCL);
    ArchiveWriter archive{[&](std::string_view bytes) {
        files.reach(Files::Step::write, partial);
        write_all(file.number(), bytes, partial);
    }};
    archive.add_text(std::string{about_name}, order.about.to_string());
    Making making{order, archive, seal, work, files};
    making.add_data();
    making.add_outside();
    archive.finish();
    files.reach(Files::Step::sync, partial);
    if (::fsync(file.number()) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot sync " + partial};
    return std::move(making.notes);
}
}

Made create(Order order, Files& files)
{
    const auto lock = enter(order.to, order.data);
    fill_formats(order, files);
    if (!order.passphrase.empty())
        order.about.keys = new_derivation();
    const auto name = backup_file_name(order.about.made, order.about.kind == "before-upgrade");
    const auto path = order.to + "/" + name;
    // Not in the folder of backups: a network disk may have no locks.
    const auto work = order.data + "/.backup.work";
    const auto partial = fmt::format("{}/.{}{}", order.to, name, partial_suffix);
    const auto clean = [&] {
        std::error_code ignored;
        fs::remove_all(work, ignored);
        fs::remove(partial, ignored);
    };
    try {
        fs::remove_all(work); // what a crash left
        if (::mkdir(work.c_str(), 0700) != 0)
            throw std::system_error{errno, std::generic_category(), "cannot make " + work};
        auto notes = write_archive(order, partial, work, files);
        read_through(partial, order.between);
        give_to_owner_of(partial, order.to);
        files.reach(Files::Step::link, path);
        fs::rename(partial, path);
        files.sync_directory(order.to);
        clean();
        return {path, fs::file_size(path), std::move(notes)};
    } catch (...) {
        clean();
        throw;
    }
}
}
