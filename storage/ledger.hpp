// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace storage {
/// What is remembered of one key. What the numbers mean, its user says.
struct LedgerEntry {
    std::chrono::sys_seconds first{}, last{}; ///< when it was made, and changed
    double good = 0, bad = 0;
};

/// A bounded table of small records by text, which outlives a restart: in memory, written as a
/// whole to one file in the data directory now and then and when it goes. A crash loses what
/// changed since it was written; a damaged line is left out. When full, the entry that was used
/// longest ago makes room. Safe from all loops: a call takes the lock of one of 16 parts.
class Ledger {
public:
    struct Limits {
        std::size_t entries = 200'000;
        std::chrono::seconds age{0}; ///< entries not changed for longer count as absent; 0: none
    };
    /// Reads the file. An unreadable one is an empty table, and the log says so.
    Ledger(std::string directory, std::string name, Limits limits, Files& files = Files::real());
    /// Writes what changed.
    ~Ledger();
    std::optional<LedgerEntry> find(std::string_view key, std::chrono::sys_seconds now) const;
    /// Lets `change` see and change the entry, a new one if there was none, and notes the time.
    /// Keys have no control characters and at most 600 octets; others are not kept.
    LedgerEntry update(std::string_view key, std::chrono::sys_seconds now,
                       const std::function<void(LedgerEntry&)>& change);
    bool remove(std::string_view key);
    std::size_t size() const;
    /// Blocks. Writes the file if anything changed, without what is too old; what the disk answers
    /// goes to the log.
    void write(std::chrono::sys_seconds now);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What an installation remembers of those who send.
struct Ledgers {
    Ledgers(const std::string& directory, Files& files)
        : waiting{directory, "greylist-waiting", {200'000, std::chrono::days{7}}, files},
          passed{directory, "greylist-passed", {200'000, std::chrono::days{400}}, files},
          reputation{directory, "reputation", {400'000, std::chrono::days{60}}, files}
    { }
    /// Blocks.
    void write(std::chrono::sys_seconds now)
    {
        for (auto* ledger : {&waiting, &passed, &reputation})
            ledger->write(now);
    }
    Ledger waiting, passed; ///< greylisting: who was asked to come again, who came
    Ledger reputation;
};
}
