// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/archive.hpp"
#include "storage/backup/create.hpp"
#include "storage/backup/seal.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace storage::backup {
/// What comes into one archive, from a data directory and from outside of it. Functions throw what
/// `create` throws.
class Making {
public:
    /// Copies of databases are made in the folder `work`.
    Making(const Order& order, ArchiveWriter& archive, const std::optional<Seal>& seal,
           std::string work, Files& files)
        : order_{order}, archive_{archive}, seal_{seal}, work_{std::move(work)}, files_{files}
    { }

    void add_data();
    void add_outside();
    std::vector<std::string> notes; ///< sentences for people: what was left out

private:
    /// Whether a file may become shorter while it is read, or its disk not read it: what is missing
    /// is then filled with zeros and told.
    enum class Gaps { refused, filled };
    void add_database(const std::string& name);
    void add_mail(const std::string& copy);
    void add_tree(const std::filesystem::path& path, const std::string& name);
    void add_entry(const std::filesystem::path& path, const std::string& name);
    void add_plain(const std::filesystem::path& path, const std::string& name, Gaps gaps);
    void add_key(const std::filesystem::path& path, const std::string& name);
    bool is_key(const std::filesystem::path& path) const;
    std::string copy_of(const std::string& database);
    /// Runs `add`, and notes instead what the disk refuses of one file that no mail hangs on.
    void unless_refused(const std::filesystem::path& path, const std::function<void()>& add);

    const Order& order_;
    ArchiveWriter& archive_;
    const std::optional<Seal>& seal_;
    std::string work_;
    Files& files_;
};
}
