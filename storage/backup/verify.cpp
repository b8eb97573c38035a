// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/verify.hpp"

#include "storage/backup/parts.hpp"
#include "storage/backup/room.hpp"
#include "storage/backup/soundness.hpp"
#include "storage/database_file.hpp"
#include "storage/installation.hpp"
#include "storage/sqlite/formats.hpp"
#include "storage/sqlite/snapshot.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace storage::backup {
namespace fs = std::filesystem;

namespace {
constexpr std::size_t longest_about = 1 << 20, longest_sums = 256 << 20;

using Sums = std::map<std::string, std::string, std::less<>>;

Sums parse_sums(std::string_view text)
{
    Sums sums;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        const auto gap = line.find("  ");
        if (gap != 64)
            throw std::runtime_error{"its list of sums is damaged"};
        sums.emplace(line.substr(gap + 2), line.substr(0, gap));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return sums;
}

void compare(const Sums& wanted, const Sums& found)
{
    for (const auto& [name, sum] : wanted) {
        const auto it = found.find(name);
        if (it == found.end())
            throw std::runtime_error{fmt::format("{} is missing in it", name)};
        if (it->second != sum)
            throw std::runtime_error{fmt::format("{} in it is damaged", name)};
    }
    for (const auto& [name, sum] : found)
        if (!wanted.contains(name))
            throw std::runtime_error{fmt::format("{} in it has no sum", name)};
}

constexpr std::string_view work_prefix = "mailweir-verify-";

/// Locked, or nullopt: another one works in it, or it is none of ours.
std::optional<FileHandle> lock_folder(const std::string& path)
{
    try {
        auto folder = FileHandle::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        struct stat found{};
        if (::fstat(folder.number(), &found) == 0 && found.st_uid == ::geteuid()
            && ::flock(folder.number(), LOCK_EX | LOCK_NB) == 0)
            return folder;
    } catch (const std::system_error&) {
        return {};
    }
    return {};
}

/// What one left there that was killed: databases with mail in them.
void remove_leftovers(const std::string& where)
{
    std::error_code error;
    std::vector<std::string> found;
    for (fs::directory_iterator entry{where, error}, end; !error && entry != end;
         entry.increment(error))
        if (entry->path().filename().string().starts_with(work_prefix))
            found.push_back(entry->path().string());
    for (const auto& path : found)
        if (const auto lock = lock_folder(path)) {
            std::error_code ignored;
            fs::remove_all(path, ignored);
        }
}

/// A folder below `where` that goes with its owner.
class WorkFolder {
public:
    explicit WorkFolder(const std::string& where)
    {
        remove_leftovers(where);
        // Before it is locked another verification may take it for a leftover; where there are no
        // locks, it stays.
        for (int tries = 3; tries > 0 && (!lock_ || !fs::exists(path_)); --tries) {
            path_ = fmt::format("{}/{}XXXXXX", where, work_prefix);
            if (::mkdtemp(path_.data()) == nullptr)
                throw std::system_error{errno, std::generic_category(),
                                        "cannot make a folder in " + where};
            lock_ = lock_folder(path_);
        }
    }
    ~WorkFolder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
    std::optional<FileHandle> lock_;
};

/// Where a database of an archive lies then, alone.
std::string unpack(ArchiveReader& archive, const Member& member, const std::string& folder)
{
    need_room(folder, folder, member.size);
    const auto path = folder + "/database";
    for (const auto* end : {"", "-wal", "-shm"})
        fs::remove(path + end);
    {
        const auto file = FileHandle::open(path, O_WRONLY | O_CREAT | O_EXCL);
        archive.read([&](std::string_view bytes) {
            if (::write(file.number(), bytes.data(), bytes.size())
                != static_cast<ssize_t>(bytes.size()))
                throw std::system_error{errno, std::generic_category(), "cannot write " + path};
        });
    }
    return path;
}
}

namespace {
void look_into(const std::string& path, std::string_view name, Verified& result)
{
    const auto& inventory = result.inventory;
    if (const auto why = fault_of(path, name, inventory.about); !why.empty()) {
        result.problems.push_back(fmt::format("{}: {}", name, why));
        return;
    }
    if (name != file_name(DatabaseFile::mail))
        return;
    std::set<std::string_view> members;
    for (const auto& member : inventory.members)
        members.insert(member.name);
    for (const auto& body : bodies_needed(path))
        if (!members.contains(fmt::format("{}bodies/{}", data_prefix, body)))
            result.problems.push_back(fmt::format("{}: the body of {} is missing", name, body));
}

/// Databases that the description names, and that are not in it.
void find_missing(Verified& result)
{
    const auto& [about, members] = result.inventory;
    for (const auto& [name, format] : about.formats)
        if (format > 0 && !is_replaceable(name)
            && std::ranges::find(members, std::string{data_prefix} + name, &Member::name)
                == members.end())
            result.problems.push_back(fmt::format("{} is missing", name));
}
}

Inventory read_through(const std::string& path, const sqlite::Between& between)
{
    ArchiveReader archive{path};
    Inventory inventory;
    Sums found;
    std::optional<Sums> wanted;
    bool is_first = true;
    while (auto member = archive.next()) {
        if (wanted)
            throw std::runtime_error{"it goes on behind its end"};
        if (member->name == sums_name) {
            wanted = parse_sums(archive.text(longest_sums));
            continue;
        }
        if (!member->link.empty()) {
            inventory.members.push_back(std::move(*member));
            continue;
        }
        Sha256 sum;
        std::string description;
        archive.read([&](std::string_view bytes) {
            sum.add(bytes);
            between();
            if (is_first && description.size() < longest_about)
                description += bytes;
        });
        found.emplace(member->name, sum.take());
        if (is_first)
            inventory.about = About::parse(description);
        else
            inventory.members.push_back(std::move(*member));
        is_first = false;
    }
    if (!wanted)
        throw std::runtime_error{"it is not whole: its end is missing"};
    compare(*wanted, found);
    return inventory;
}

About about_of(const std::string& path)
{
    ArchiveReader archive{path};
    const auto first = archive.next();
    if (!first || first->name != about_name)
        throw std::runtime_error{"it is no backup of Mailweir"};
    return About::parse(archive.text(longest_about));
}

Verified verify(const std::string& path, const std::string& passphrase, const std::string& work)
{
    Verified result{.inventory = read_through(path), .problems = {}};
    if (auto why = too_new(result.inventory.about); !why.empty())
        result.problems.push_back(std::move(why));
    std::optional<Seal> seal;
    if (!passphrase.empty() && !result.inventory.about.keys.salt.empty())
        seal.emplace(passphrase, result.inventory.about.keys);
    const WorkFolder folder{work};
    ArchiveReader archive{path};
    find_missing(result);
    while (auto member = archive.next()) {
        const auto name = std::string_view{member->name};
        const auto database
            = name.starts_with(data_prefix) ? name.substr(data_prefix.size()) : std::string_view{};
        if (is_database(database) && member->link.empty())
            look_into(unpack(archive, *member, folder.path()), database, result);
        if (seal && name.starts_with(sealed_prefix)) {
            const auto sealed = archive.text(2 << 20);
            if (!seal->open(name.substr(sealed_prefix.size()), sealed))
                result.problems.push_back(fmt::format("{}: the passphrase does not open it", name));
            result.are_keys_opened = true;
        }
    }
    return result;
}

const std::map<std::string, std::int64_t>& known_formats()
{
    static const std::map<std::string, std::int64_t> formats = [] {
        std::map<std::string, std::int64_t> all;
        for (const auto& known : sqlite::known_databases())
            all.emplace(known.name, static_cast<std::int64_t>(known.migrations.size()));
        return all;
    }();
    return formats;
}

std::string too_new(const About& about)
{
    for (const auto& [name, format] : about.formats) {
        const auto known = known_formats().find(name);
        if (known != known_formats().end() && format > known->second)
            return fmt::format("it was made by a newer Mailweir ({}): its {} has format {}, this "
                               "version knows {}; install that version first",
                               about.version, name, format, known->second);
    }
    return {};
}
}
