// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/create.hpp"

#include "storage/backup/making.hpp"
#include "storage/backup/owner.hpp"
#include "storage/backup/parts.hpp"
#include "storage/backup/room.hpp"
#include "storage/backup/shelf.hpp"
#include "storage/backup/soundness.hpp"
#include "storage/backup/verify.hpp"
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
constexpr std::uint64_t room_step = 16 << 20; ///< between two looks at the disk
constexpr std::string_view work_prefix = ".mailweir-", partial_suffix = ".partial",
                           copies_prefix = ".backup.work-";

/// The folder's lock; and what a crash left there goes.
FileHandle enter(const std::string& folder, const std::string& data)
{
    std::error_code error;
    auto path_of_folder = fs::absolute(folder).lexically_normal();
    if (!path_of_folder.has_filename()) // "backups/"
        path_of_folder = path_of_folder.parent_path();
    const auto parent = path_of_folder.parent_path();
    fs::create_directories(parent, error);
    bool is_made = false;
    {
        const AsOwnerOf owner{parent.string()};
        is_made = ::mkdir(folder.c_str(), 0700) == 0;
        if (!is_made && errno != EEXIST)
            throw std::system_error{errno, std::generic_category(), "cannot make " + folder};
    }
    if (is_made)
        give_to_owner_of(FileHandle::open(folder, O_RDONLY | O_DIRECTORY).number(), data);
    const auto path = folder + "/.mailweir-lock";
    if (::access(path.c_str(), W_OK) != 0 && errno == EACCES)
        ::unlink(path.c_str()); // of root, who was killed before it was given away
    auto lock = FileHandle::open(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    give_to_owner_of(lock.number(), folder);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0)
        throw std::runtime_error{fmt::format("another backup is being made in {}", folder)};
    for (const auto& name : Files::real().names(folder))
        if (name.starts_with(work_prefix) && name.ends_with(partial_suffix))
            fs::remove_all(fs::path{folder} / name, error);
    return lock;
}

/// One backup of a data directory at a time: the copies of two would take the room of mail twice.
FileHandle enter_data(const std::string& data)
{
    auto lock = FileHandle::open(data, O_RDONLY | O_DIRECTORY);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0)
        throw std::runtime_error{fmt::format("another backup of {} is being made", data)};
    return lock;
}

/// A new folder for copies, in the data directory: a network disk, where backups may lie, may have
/// no locks. What a crash left there goes.
std::string make_work(const std::string& data)
{
    for (const auto& name : Files::real().names(data))
        if (name.starts_with(copies_prefix))
            fs::remove_all(fs::path{data} / name);
    auto path = data + "/" + std::string{copies_prefix} + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
        throw std::system_error{errno, std::generic_category(), "cannot make a folder in " + data};
    return path;
}

/// One that cannot be read is told of when it is to be copied.
void fill_formats(Order& order, Files& files)
{
    for (const auto& name : files.names(order.data)) {
        if (!is_database(name) || !part_of(name)
            || (!order.has_history && part_of(name) == Part::history))
            continue;
        try {
            order.about.formats[name] = sqlite::format_of(order.data + "/" + name, files.vfs());
        } catch (const sqlite::Error&) {
            if (!is_replaceable(name))
                throw;
        }
    }
}

/// Writes to the archive, and keeps the disk from getting too full for mail.
Files::Write writer_of(int file, const Order& order, const std::string& partial, Files& files)
{
    return
        [&order, &partial, &files, file, left = std::uint64_t{0}](std::string_view bytes) mutable {
            files.reach(Files::Step::write, partial);
            if (left < bytes.size()) {
                need_room(order.to, order.data, room_step);
                left = room_step;
            }
            left -= std::min<std::uint64_t>(left, bytes.size());
            write_all(file, bytes, partial);
        };
}

std::vector<std::string> write_archive(const Order& order, const std::string& partial,
                                       const std::string& work, Files& files)
{
    std::optional<Seal> seal;
    if (!order.passphrase.empty())
        seal.emplace(order.passphrase, order.about.keys);
    files.reach(Files::Step::create, partial);
    const auto file = FileHandle::open(partial, O_WRONLY | O_CREAT | O_EXCL);
    give_to_owner_of(file.number(), order.to);
    ArchiveWriter archive{writer_of(file.number(), order, partial, files)};
    archive.add_text(std::string{about_name}, order.about.to_string());
    Making making{order, archive, seal, work, files};
    {
        const AsOwnerOf owner{order.data};
        making.add_data();
    }
    making.add_outside();
    archive.finish();
    files.reach(Files::Step::sync, partial);
    if (::fsync(file.number()) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot sync " + partial};
    return std::move(making.notes);
}

/// Behind its end nothing is left of it but the backup.
class Remains {
public:
    Remains(const std::string& data, std::string partial)
        : data_{data}, partial_{std::move(partial)}
    {
        const AsOwnerOf owner{data_};
        work_ = make_work(data_);
    }
    ~Remains()
    {
        std::error_code ignored;
        fs::remove(partial_, ignored);
        try {
            const AsOwnerOf owner{data_};
            fs::remove_all(work_, ignored);
        } catch (const std::exception&) {
            // A disk that says nothing any more; the next backup clears it away.
        }
    }
    Remains(const Remains&) = delete;
    Remains& operator=(const Remains&) = delete;
    const std::string& work() const { return work_; }
    const std::string& partial() const { return partial_; }

private:
    const std::string& data_;
    std::string partial_, work_;
};
}

void try_folder(const std::string& folder, const std::string& data) { (void)enter(folder, data); }

Made create(Order order, Files& files)
{
    const auto turn = enter_data(order.data);
    const auto lock = enter(order.to, order.data);
    {
        const AsOwnerOf owner{order.data};
        fill_formats(order, files);
    }
    if (!order.passphrase.empty())
        order.about.keys = new_derivation();
    // The next one will hardly be smaller; that it is too large comes out late otherwise.
    if (const auto last = last_backup(order.to, order.about.made))
        need_room(order.to, order.data, last->bytes);
    const auto name = backup_file_name(order.about.made, order.about.kind == "before-upgrade");
    const auto path = order.to + "/" + name;
    const Remains remains{order.data, fmt::format("{}/.{}{}", order.to, name, partial_suffix)};
    auto notes = write_archive(order, remains.partial(), remains.work(), files);
    read_through(remains.partial(), order.between);
    files.reach(Files::Step::link, path);
    fs::rename(remains.partial(), path);
    files.sync_directory(order.to);
    return {path, fs::file_size(path), std::move(notes)};
}
}
