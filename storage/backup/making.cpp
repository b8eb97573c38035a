// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/making.hpp"

#include "gateway/mail/id.hpp"
#include "storage/backup/parts.hpp"
#include "storage/backup/private_key.hpp"
#include "storage/backup/room.hpp"
#include "storage/backup/soundness.hpp"
#include "storage/database_file.hpp"
#include "storage/installation.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace storage::backup {
namespace fs = std::filesystem;

namespace {
constexpr std::uint64_t longest_key = 1 << 20;

bool is_below(const fs::path& path, const fs::path& folder)
{
    std::error_code ignored;
    const auto rest = fs::relative(path, folder, ignored);
    return !rest.empty() && *rest.begin() != "..";
}

/// By its name in the data directory.
bool is_named_key(std::string_view member)
{
    member.remove_prefix(data_prefix.size());
    const auto part = part_of(member.substr(0, member.find('/')));
    return part == Part::keys || (part == Part::other && is_key_name(member));
}
}

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

void Making::add_plain(const fs::path& path, const std::string& name, Gaps gaps)
{
    order_.between();
    const auto file = FileHandle::open(path.string(), O_RDONLY | O_NOFOLLOW);
    struct stat status{};
    if (::fstat(file.number(), &status) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot read " + path.string()};
    archive_.add(name, static_cast<std::uint64_t>(status.st_size), [&](const Files::Write& write) {
        std::string buffer(256 * 1024, '\0');
        auto left = static_cast<std::size_t>(status.st_size);
        bool is_whole = true;
        while (left > 0) {
            const auto wanted = std::min(left, buffer.size());
            auto got = is_whole ? ::read(file.number(), buffer.data(), wanted) : 0;
            if (got <= 0) {
                if (gaps == Gaps::refused)
                    throw std::system_error{got < 0 ? errno : EIO, std::generic_category(),
                                            "cannot read " + path.string()};
                is_whole = false;
                std::ranges::fill(buffer, '\0');
                got = static_cast<ssize_t>(wanted);
            }
            write({buffer.data(), static_cast<std::size_t>(got)});
            left -= static_cast<std::size_t>(got);
            order_.between();
        }
        if (!is_whole)
            notes.push_back(
                fmt::format("{} changed while it was read: it is not whole in it", path.string()));
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
            add_plain(order_.data + "/bodies/" + id, "data/bodies/" + id, Gaps::refused);
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

/// A damaged one that is begun anew anyway must not keep all others out of the backup.
void Making::add_database(const std::string& name)
{
    if (!fs::exists(order_.data + "/" + name))
        return;
    std::string copy, fault;
    try {
        copy = copy_of(name);
        fault = fault_of(copy, name, order_.about, order_.between);
    } catch (const sqlite::Error& error) {
        if (!is_replaceable(name) || !(error.is_corruption() || error.is_read_fault()))
            throw;
        fault = error.what();
    }
    if (!fault.empty()) {
        if (!is_replaceable(name))
            throw std::runtime_error{fmt::format("{}: {}", name, fault)};
        notes.push_back(fmt::format("{} is not in it: {}", name, fault));
    } else {
        if (name == file_name(DatabaseFile::mail))
            add_mail(copy);
        add_plain(copy, std::string{data_prefix} + name, Gaps::refused);
    }
    for (const auto* end : {"", "-wal", "-shm"})
        files_.remove(work_ + "/" + name + end);
}

void Making::add_key(const fs::path& path, const std::string& name)
{
    if (!seal_)
        return;
    std::string text;
    files_.read(path.string(), [&](std::string_view bytes) {
        text.append(bytes, 0, longest_key + 1 - text.size());
    });
    if (text.size() > longest_key) {
        notes.push_back(fmt::format("{} is not in it: it is too large for a key", path.string()));
        return;
    }
    const auto member = std::string{sealed_prefix} + name;
    archive_.add_text(member, seal_->close(name, text));
}

bool Making::is_key(const fs::path& path) const
{
    std::error_code ignored;
    const auto is_same = [&](const auto& key) { return fs::equivalent(key, path, ignored); };
    return std::ranges::any_of(order_.keys, is_same) || holds_private_key(path.string());
}

void Making::unless_refused(const fs::path& path, const std::function<void()>& add)
{
    using std::errc;
    try {
        add();
    } catch (const std::system_error& error) {
        // Somebody else's, such as a key that root alone reads; or gone by now.
        for (const auto passing : {errc::permission_denied, errc::no_such_file_or_directory,
                                   errc::too_many_symbolic_link_levels, errc::not_a_directory})
            if (error.code() == passing) {
                notes.push_back(
                    fmt::format("{} is not in it: {}", path.string(), error.code().message()));
                return;
            }
        throw;
    }
}

void Making::add_entry(const fs::path& path, const std::string& name)
{
    const auto leave = [&](const char* why) {
        notes.push_back(fmt::format("{} is not in it: {}", path.string(), why));
    };
    unless_refused(path, [&] {
        const auto status = fs::symlink_status(path);
        if (!is_keepable(name))
            leave("its name cannot be kept");
        else if (fs::is_symlink(status)) {
            const auto target = fs::read_symlink(path).string();
            if (is_keepable(target) && !target.contains('/'))
                archive_.add_link(name, target);
            else
                leave("it is a link that leads out of its folder");
        } else if (!fs::is_regular_file(status))
            return;
        else if (is_named_key(name) || is_key(path))
            add_key(path, name);
        else
            add_plain(path, name, Gaps::filled);
    });
}

/// Iterative; links only where they stay in their folder.
void Making::add_tree(const fs::path& path, const std::string& name)
{
    std::vector<std::pair<fs::path, std::string>> left{{path, name}};
    while (!left.empty()) {
        const auto [here, here_name] = std::move(left.back());
        left.pop_back();
        if (fs::is_symlink(here) || !fs::is_directory(here)) {
            add_entry(here, here_name);
            continue;
        }
        unless_refused(here, [&] {
            for (const auto& entry : fs::directory_iterator{here})
                left.emplace_back(entry.path(), here_name + "/" + entry.path().filename().string());
        });
    }
}

void Making::add_data()
{
    std::vector<std::string> names;
    for (const auto& name : files_.names(order_.data))
        if (const auto part = part_of(name))
            if (order_.has_history || part != Part::history)
                names.push_back(name);
    std::ranges::sort(names);
    const auto mail_remains = std::string{file_name(DatabaseFile::mail)} + ".";
    for (const auto& name : names) {
        if (is_database(name))
            add_database(name);
        else if (name != "bodies" && !name.starts_with(mail_remains))
            add_tree(fs::path{order_.data} / name, std::string{data_prefix} + name);
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
    for (const auto& path : order_.configuration)
        unless_refused(path, [&] {
            const auto file = fs::canonical(path);
            if (is_key(path) || is_key(file))
                add_key(file, name_of_path(path));
            else
                add_plain(file, name_of_path(path), Gaps::filled);
        });
    for (const auto& path : order_.keys)
        if (std::ranges::find(order_.configuration, path) == order_.configuration.end()
            && !is_below(path, order_.data))
            unless_refused(path, [&] { add_key(path, name_of_path(path)); });
}
}
