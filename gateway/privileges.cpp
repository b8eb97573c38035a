// SPDX-License-Identifier: Apache-2.0
#include "gateway/privileges.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

namespace app {
std::optional<Account> account_to_become(const std::string& name)
{
    if (::geteuid() != 0 || name.empty() || name == "root")
        return {};
    const passwd* entry = ::getpwnam(name.c_str());
    if (entry == nullptr)
        return {};
    return Account{name, entry->pw_uid, entry->pw_gid};
}

std::expected<void, std::string> become(const Account& account)
{
    const auto failed = [](const char* step) {
        return std::unexpected{std::string{step} + ": " + std::strerror(errno)};
    };
    if (::setgroups(1, &account.group) != 0)
        return failed("setgroups");
    if (::setresgid(account.group, account.group, account.group) != 0)
        return failed("setresgid");
    if (::setresuid(account.user, account.user, account.user) != 0)
        return failed("setresuid");
    return {};
}

namespace {
/// A process group that was just killed lets go of its lock when its last process is gone.
bool lock_within(int descriptor, std::chrono::milliseconds patience)
{
    constexpr std::chrono::milliseconds look{50};
    for (auto left = patience; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; left -= look) {
        if (errno != EWOULDBLOCK || left.count() <= 0)
            return false;
        ::poll(nullptr, 0, static_cast<int>(look.count()));
    }
    return true;
}
}

std::expected<int, std::string> take_data_directory(const std::string& directory,
                                                    const std::optional<Account>& account)
{
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path{directory}.parent_path(), error);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return std::unexpected{directory + ": " + std::strerror(errno)};
    if (account && ::chown(directory.c_str(), account->user, account->group) != 0)
        return std::unexpected{directory + ": " + std::strerror(errno)};
    const auto path = directory + "/serve.lock";
    const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return std::unexpected{path + ": " + std::strerror(errno)};
    if (!lock_within(lock, std::chrono::seconds{3})) {
        ::close(lock);
        return std::unexpected{directory + " is in use by another mailweir serve"};
    }
    return lock;
}
}
