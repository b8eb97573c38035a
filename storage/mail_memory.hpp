// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/memory_segment.hpp"

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace storage {
/// A hash of a text that tells nothing to whoever does not know the installation's secret; never 0.
std::uint64_t hash_for_memory(std::string_view text, std::uint64_t secret);

/// What came in during the last weeks, so that it is known again when it goes out (features O1).
/// Segments of up to a million mails in files that are mapped: its size on disk is bounded by
/// `mails`, about 100 octets each, and memory by what the system gives. The oldest go first.
/// Losing its last seconds in a crash loses nothing else. Its functions may wait for a disk: never
/// on a loop. Safe from all threads.
class MailMemory {
public:
    struct Limits {
        std::size_t mails = 10'000'000;
        std::chrono::seconds keep{30 * 24 * 3600};
        std::size_t first_segment = 65'535; ///< those that follow are twice as large, to a million
    };
    using WallTime = std::chrono::system_clock::time_point;

    /// Opens what is in `directory`, or begins. The error says why it cannot be kept.
    static std::expected<std::unique_ptr<MailMemory>, std::string> open(std::string directory,
                                                                        Limits limits);
    /// Throws std::system_error where the disk has no room.
    void remember(const RememberedMail& mail);
    /// Those not older than `keep` that share a hash with `like`, newest first, at most `most`.
    std::vector<RememberedMail> find(const RememberedMail& like, WallTime now,
                                     std::size_t most = 32) const;
    /// Drops segments all of which is too old, or more than there may be.
    void sweep(WallTime now);
    std::size_t size() const;
    std::size_t bytes() const;

private:
    MailMemory(std::string directory, Limits limits);
    std::string path_of(std::uint64_t number) const;
    void begin_segment();
    std::size_t count() const;

    std::string directory_;
    Limits limits_;
    mutable std::mutex mutex_; // guards segments_ and what is in them
    std::map<std::uint64_t, std::unique_ptr<MemorySegment>> segments_; // by number, rising
};
}
