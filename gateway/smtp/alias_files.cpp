// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/alias_files.hpp"

#include "gateway/smtp/verification.hpp"

#include <spdlog/spdlog.h>

#include <fstream>
#include <iterator>

namespace smtp {
namespace {
constexpr std::chrono::seconds pause{10};

/// Which lines of a file say nothing.
void warn_of(const std::string& path, const std::vector<std::size_t>& unread)
{
    constexpr std::size_t most = 5;
    std::string numbers;
    for (std::size_t i = 0; i < std::min(unread.size(), most); ++i)
        numbers += (i == 0 ? "" : ", ") + std::to_string(unread[i]);
    if (!unread.empty())
        spdlog::warn("{}: {} lines are no alias or not wholly one: {}{}", path, unread.size(),
                     numbers, unread.size() > most ? ", …" : "");
}
}

net::awaitable<void> AliasFiles::refresh(std::vector<std::string> paths)
{
    const auto now = context_.env->now();
    {
        const std::scoped_lock lock{mutex_};
        std::erase_if(paths, [&](const std::string& path) { return !is_due(path, now); });
    }
    if (!paths.empty())
        co_await context_.pool->run([this, &paths, now] {
            for (const auto& path : paths)
                look_at(path, now);
        });
}

/// One that was read before is looked at by whoever comes first; the others take it as it was.
bool AliasFiles::is_due(const std::string& path, net::Env::Steady now)
{
    const auto found = files_.find(path);
    if (found == files_.end())
        return true;
    if (now - found->second.looked_at < pause)
        return false;
    if (found->second.aliases)
        found->second.looked_at = now;
    return true;
}

void AliasFiles::note_failure(const std::string& path, const std::string& problem,
                              net::Env::Steady now)
{
    const std::scoped_lock lock{mutex_};
    auto& file = files_[path];
    const bool is_told = !file.aliases && now - file.looked_at < pause; // by another session
    file.looked_at = now;
    if (!is_told)
        spdlog::warn("the file of aliases {}",
                     problem.empty() ? path + " cannot be read" : problem);
}

void AliasFiles::look_at(const std::string& path, net::Env::Steady now)
{
    std::error_code error;
    const auto changed = std::filesystem::last_write_time(path, error);
    {
        const std::scoped_lock lock{mutex_};
        const auto found = files_.find(path);
        if (!error && found != files_.end() && found->second.aliases
            && found->second.changed == changed)
            return;
    }
    const auto problem = why_unreadable(path);
    std::ifstream in{path};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!problem.empty() || error || in.bad())
        return note_failure(path, problem, now);
    auto aliases = std::make_shared<const Aliases>(Aliases::parse(text));
    spdlog::info("{} aliases read from {}", aliases->size(), path);
    warn_of(path, aliases->unread());
    const std::scoped_lock lock{mutex_};
    files_[path] = {std::move(aliases), changed, now};
}

std::shared_ptr<const Aliases> AliasFiles::at_hand(const std::string& path) const
{
    const std::scoped_lock lock{mutex_};
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : found->second.aliases;
}
}
