// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/alias_files.hpp"

#include <spdlog/spdlog.h>

#include <fstream>
#include <iterator>

namespace smtp {
namespace {
constexpr std::chrono::seconds pause{10};
}

net::awaitable<void> AliasFiles::refresh(std::vector<std::string> paths)
{
    const auto now = context_.env->now();
    {
        const std::scoped_lock lock{mutex_};
        if (looked_at_ && now - *looked_at_ < pause)
            co_return;
    }
    co_await context_.pool->run([this, &paths] {
        for (const auto& path : paths)
            look_at(path);
    });
    const std::scoped_lock lock{mutex_};
    looked_at_ = now;
}

void AliasFiles::look_at(const std::string& path)
{
    std::error_code error;
    const auto changed = std::filesystem::last_write_time(path, error);
    {
        const std::scoped_lock lock{mutex_};
        const auto found = files_.find(path);
        if (!error && found != files_.end() && found->second.changed == changed)
            return;
    }
    std::ifstream in{path};
    if (error || !in) {
        spdlog::warn("the file of aliases {} cannot be read", path);
        return;
    }
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    auto aliases = std::make_shared<const Aliases>(Aliases::parse(text));
    spdlog::info("{} aliases read from {}", aliases->size(), path);
    const std::scoped_lock lock{mutex_};
    files_[path] = {std::move(aliases), changed};
}

std::shared_ptr<const Aliases> AliasFiles::at_hand(const std::string& path) const
{
    const std::scoped_lock lock{mutex_};
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : found->second.aliases;
}
}
