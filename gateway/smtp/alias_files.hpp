// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/aliases.hpp"
#include "gateway/smtp/context.hpp"

#include <filesystem>
#include <mutex>

namespace smtp {
/// The files of aliases as they are: read when first needed, looked at every ten seconds and read
/// again when they changed. One that cannot be read any more counts as it was. Safe from all loops.
class AliasFiles {
public:
    explicit AliasFiles(const Context& context) : context_{context} { }
    /// Before `at_hand`: what these files say now.
    net::awaitable<void> refresh(std::vector<std::string> paths);
    /// nullptr: it could never be read.
    std::shared_ptr<const Aliases> at_hand(const std::string& path) const;

private:
    struct File {
        std::shared_ptr<const Aliases> aliases; ///< null: it could never be read
        std::filesystem::file_time_type changed{};
        net::Env::Steady looked_at{};
    };
    bool is_due(const std::string& path, net::Env::Steady now);
    void look_at(const std::string& path, net::Env::Steady now);
    void note_failure(const std::string& path, const std::string& problem, net::Env::Steady now);

    const Context& context_;
    mutable std::mutex mutex_; // guards the files
    std::map<std::string, File, std::less<>> files_;
};
}
