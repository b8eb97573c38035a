// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/swap.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace storage::backup {
namespace fs = std::filesystem;

namespace {
constexpr std::string_view journal_name = "restore.journal", waiting_name = "restore.waiting";

/// What an exchange is to do, as its journal says: a word and a name a line.
struct Plan {
    std::string aside;
    std::vector<std::string> away, in;

    std::string to_string() const
    {
        std::string text = "aside " + aside + "\n";
        for (const auto& name : away)
            text += "away " + name + "\n";
        for (const auto& name : in)
            text += "in " + name + "\n";
        return text;
    }
    static Plan parse(std::string_view text)
    {
        Plan plan;
        while (!text.empty()) {
            const auto line = text.substr(0, text.find('\n'));
            const auto blank = line.find(' ');
            const auto name = std::string{line.substr(std::min(blank, line.size() - 1) + 1)};
            if (line.starts_with("aside "))
                plan.aside = name;
            else if (line.starts_with("away "))
                plan.away.push_back(name);
            else if (line.starts_with("in "))
                plan.in.push_back(name);
            text.remove_prefix(std::min(line.size() + 1, text.size()));
        }
        return plan;
    }
};

bool is_there(const fs::path& path)
{
    return fs::symlink_status(path).type() != fs::file_type::not_found;
}

void move(const fs::path& from, const fs::path& to, Files& files)
{
    files.reach(Files::Step::link, to.string());
    if (std::rename(from.c_str(), to.c_str()) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot rename " + from.string()};
}

/// Does what is not done yet; each step looks whether it was done before.
void carry_out(const Plan& plan, const std::string& data, Files& files)
{
    const fs::path root{data}, aside = root / plan.aside, waiting = root / waiting_name;
    if (::mkdir(aside.c_str(), 0700) != 0 && errno != EEXIST)
        throw std::system_error{errno, std::generic_category(), "cannot make " + aside.string()};
    struct stat owner{};
    if (::stat(data.c_str(), &owner) == 0 && owner.st_uid != ::geteuid())
        (void)::lchown(aside.c_str(), owner.st_uid, owner.st_gid);
    // Logs of databases go before a new database comes.
    for (const auto& name : plan.away)
        if (is_there(root / name) && !is_there(aside / name))
            move(root / name, aside / name, files);
    for (const auto& name : plan.in) {
        if (!is_there(waiting / name))
            continue;
        if (is_there(root / name) && !is_there(aside / name))
            move(root / name, aside / name, files);
        move(waiting / name, root / name, files);
    }
    files.sync_directory(aside.string());
    files.sync_directory(waiting.string());
    files.sync_directory(data);
    files.remove(data + "/" + std::string{journal_name});
    files.sync_directory(data);
    fs::remove_all(waiting);
}

/// What a decision rests on must be on the disk before it.
void sync_tree(const std::string& folder, Files& files)
{
    for (const auto& entry : fs::recursive_directory_iterator{folder}) {
        if (entry.is_symlink())
            continue;
        if (entry.is_directory()) {
            files.sync_directory(entry.path().string());
            continue;
        }
        files.reach(Files::Step::sync, entry.path().string());
        const auto file = FileHandle::open(entry.path().string(), O_RDONLY);
        if (::fsync(file.number()) != 0)
            throw std::system_error{errno, std::generic_category(),
                                    "cannot sync " + entry.path().string()};
    }
    files.sync_directory(folder);
}
}

std::string waiting_folder(const std::string& data)
{
    return data + "/" + std::string{waiting_name};
}

void exchange(const std::string& data, const std::string& aside,
              const std::vector<std::string>& away, Files& files)
{
    Plan plan{aside, away, files.names(waiting_folder(data))};
    std::ranges::sort(plan.in);
    sync_tree(waiting_folder(data), files);
    files.sync_directory(data);
    files.create(data, std::string{journal_name},
                 [&](const Files::Write& write) { write(plan.to_string()); });
    carry_out(plan, data, files);
}

void finish_exchange(const std::string& data, Files& files)
{
    const auto journal = data + "/" + std::string{journal_name};
    if (!fs::exists(journal)) {
        if (fs::exists(waiting_folder(data)))
            fs::remove_all(waiting_folder(data));
        return;
    }
    std::string text;
    files.read(journal, [&](std::string_view bytes) { text += bytes; });
    if (!fs::exists(waiting_folder(data)))
        fs::create_directory(waiting_folder(data));
    carry_out(Plan::parse(text), data, files);
}
}
