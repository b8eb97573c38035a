// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// Domains, hosts and addresses with paths, as feeds have them, one a line: "evil.example" (and all
/// under it), "host.example/path" or a whole URL (and all below that path), "192.0.2.1". `#` begins
/// a comment; "0.0.0.0 NAME" and "127.0.0.1 NAME" are lines of hosts files. Eight octets an entry.
class LinkIndex {
public:
    class Builder {
    public:
        /// False: the line is no entry.
        bool add(std::string_view line);
        LinkIndex build();

    private:
        std::vector<std::uint64_t> keys_;
    };
    /// What one URL may be found by. `host` (A-labels) and `path` (with its slash) outlive it.
    /// Linear in both; of a path the first 512 octets count.
    class Keys {
    public:
        Keys(std::string_view host, std::string_view path);

    private:
        friend class LinkIndex;
        struct Key {
            std::uint64_t hash;
            std::size_t from, to; ///< of the host, of the path
        };
        std::string entry(const Key& key) const;
        std::string_view host_, path_;
        std::vector<Key> all_;
    };
    /// The entry that it falls under: "evil.example" or "evil.example/path"; "" none.
    std::string find(const Keys& keys) const;
    std::string find(std::string_view host, std::string_view path) const
    {
        return find(Keys{host, path});
    }
    std::size_t size() const { return keys_.size(); }

private:
    std::vector<std::uint64_t> keys_; ///< hashes, sorted
};

/// What being on a list means.
enum class LinkMeaning { phishing, spam, allowed };

struct LinkFile {
    std::string path;
    LinkMeaning meaning = LinkMeaning::spam;
    bool operator==(const LinkFile&) const = default;
};

/// All files, and what they were when they were read. Immutable; swapped whole.
struct LoadedLinkLists {
    struct File {
        LinkFile file;
        std::chrono::system_clock::time_point changed{};
        std::uint64_t size = 0, malformed = 0;
        LinkIndex index;
    };
    std::vector<File> files;
    /// Allowed wins over phishing, phishing over spam. nullptr: on none; `entry` says what fits.
    const File* find(std::string_view host, std::string_view path, std::string& entry) const;
};

/// Reads all files. Blocking; the error names the file that cannot be read.
std::expected<std::shared_ptr<const LoadedLinkLists>, std::string>
load_link_lists(const std::vector<LinkFile>& files);

/// The local link lists in service, over reloads. Safe from all threads.
class LinkLists : public std::enable_shared_from_this<LinkLists> {
public:
    /// The one of these services, made on first use.
    static std::shared_ptr<LinkLists> of(Services& services);
    std::shared_ptr<const LoadedLinkLists> current() const { return current_.load(); }
    /// What `files` say now, not in service yet; what is in service if that is the same. Blocking.
    std::expected<std::shared_ptr<const LoadedLinkLists>, std::string>
    read(const std::vector<LinkFile>& files) const;
    void replace(std::shared_ptr<const LoadedLinkLists> next) { current_.store(std::move(next)); }
    /// Both at once, for a look at the files in service; an error leaves all as it was. Layers
    /// `read` when they are made, and `replace` with LoadedTables::on_publish.
    std::expected<void, std::string> take(const std::vector<LinkFile>& files);
    /// Looks at the files again when `every` has passed since the last look, on the worker pool.
    /// Never waits.
    void refresh(net::WorkerPool& pool, net::Env::Steady now, std::chrono::milliseconds every);

private:
    std::atomic<std::shared_ptr<const LoadedLinkLists>> current_;
    std::atomic<std::int64_t> last_look_{0};
    std::atomic<bool> is_loading_{false};
};
}
