// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/owner.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace storage::backup {
namespace {
struct stat owner_of(const std::string& path)
{
    struct stat owner{};
    if (::stat(path.c_str(), &owner) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot look at " + path};
    return owner;
}

/// The library's function would do so for all threads.
bool set_groups(const std::vector<gid_t>& groups)
{
    return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

/// setfsuid(2) and setfsgid(2) say what was before, and nothing else.
bool work_as(uid_t user, gid_t group)
{
    ::setfsgid(group);
    ::setfsuid(user);
    return static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1))) == group
        && static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) == user;
}
}

AsOwnerOf::AsOwnerOf(const std::string& directory)
{
    const auto owner = owner_of(directory);
    if (::geteuid() != 0 || owner.st_uid == 0)
        return;
    group_ = ::getegid();
    groups_.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    groups_.resize(static_cast<std::size_t>(
        std::max(::getgroups(static_cast<int>(groups_.size()), groups_.data()), 0)));
    const bool has_changed = set_groups({owner.st_gid}) && work_as(owner.st_uid, owner.st_gid);
    if (!has_changed) {
        go_back();
        throw std::system_error{EPERM, std::generic_category(),
                                "cannot work as the owner of " + directory};
    }
    is_other_ = true;
}

AsOwnerOf::~AsOwnerOf()
{
    if (is_other_)
        go_back();
}

/// Half somebody else it must not go on.
void AsOwnerOf::go_back() const
{
    if (!work_as(0, group_) || !set_groups(groups_))
        std::abort();
}

void give_to_owner_of(int file, const std::string& like)
{
    const auto owner = owner_of(like);
    if (::geteuid() == 0 && owner.st_uid != 0 && ::fchown(file, owner.st_uid, owner.st_gid) != 0)
        throw std::system_error{errno, std::generic_category(),
                                "cannot give a file to the owner of " + like};
}
}
