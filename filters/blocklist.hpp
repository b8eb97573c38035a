// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/network_index.hpp"
#include "filters/services.hpp"

#include <atomic>
#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace filters {
/// Where the networks of a block list come from.
struct BlocklistSources {
    struct File {
        std::string path;
        NetworkIndex::Effect effect = NetworkIndex::Effect::block;
        bool operator==(const File&) const = default;
    };
    std::vector<File> files;
    std::vector<mail::Network> allow, block; ///< written in the settings
    std::int64_t min_count = 0; ///< lines with a smaller second column are passed over
    bool operator==(const BlocklistSources&) const = default;
};

/// What one file was when it was read.
struct LoadedFile {
    std::string path;
    std::chrono::system_clock::time_point changed{};
    std::uint64_t size = 0;
    std::uint64_t networks = 0, malformed = 0;
    bool operator==(const LoadedFile&) const = default;
};

/// An index and what it was made from. Immutable; swapped whole.
struct LoadedBlocklist {
    BlocklistSources sources;
    std::vector<LoadedFile> files;
    std::shared_ptr<const NetworkIndex> index;
};

/// Reads all sources. Blocking; the error names the file that cannot be read.
/// A line is "NETWORK [blank anything] [# comment]"; a whole number behind the network is its
/// count.
std::expected<std::shared_ptr<const LoadedBlocklist>, std::string>
load_blocklist(const BlocklistSources& sources);

/// The files are on disk as they were when read (time and size).
bool is_current(const LoadedBlocklist& list);

/// The local block list in service, over reloads. Safe from all loops.
class Blocklist : public std::enable_shared_from_this<Blocklist> {
public:
    /// The one of these services, made on first use.
    static std::shared_ptr<Blocklist> of(Services& services);

    std::shared_ptr<const LoadedBlocklist> current() const { return current_.load(); }
    void replace(std::shared_ptr<const LoadedBlocklist> next) { current_.store(std::move(next)); }

    struct Hits {
        std::uint64_t count = 0;
        std::chrono::system_clock::time_point last{};
    };
    /// Counts a refusal by an entry. At most 100,000 entries are counted; when that is full, the
    /// half whose last hit is oldest goes.
    void hit(const mail::Network& entry, std::chrono::system_clock::time_point now);
    Hits hits(const mail::Network& entry) const;

    /// What decides about an address.
    struct Answer {
        bool is_allowed = false; ///< else blocked
        std::string list; ///< the file's path, "settings" or "administrator"
        std::uint32_t line = 0; ///< of the file, 0 elsewhere
        mail::Network network;
        std::chrono::system_clock::time_point
            list_changed{}; ///< of the file, else the entry's making
        Hits hits = {};
    };
    /// Looks in the files, the settings and the administrator's entries (scope ""): the most
    /// specific network wins, at a tie allow. nullopt: not listed. For `mailweir block test IP`
    /// too.
    std::optional<Answer> test(const mail::Ip& ip, storage::Lists* lists,
                               std::chrono::system_clock::time_point now) const;

    /// Looks at the files again when `every` has passed since the last look, on the worker pool; an
    /// index made from changed files replaces the current one. Never waits.
    void refresh(net::WorkerPool& pool, net::Env::Steady now, std::chrono::milliseconds every);

private:
    void forget_older_half();
    std::atomic<std::shared_ptr<const LoadedBlocklist>> current_;
    std::atomic<std::int64_t> next_look_{0};
    std::atomic<bool> is_loading_{false};
    mutable std::mutex hits_mutex_;
    std::map<mail::Network, Hits> hits_;
};
}
