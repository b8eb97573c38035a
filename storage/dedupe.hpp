// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/store.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace storage {
/// The journal of promise §3 over a preallocated mapped file: what survives a kill of the process
/// is what was stored in the mapping, no system call is needed for an entry. Safe from all loops.
/// A hash of zeros (none was computed) is never found and never kept. Records older than 24 h or
/// pushed out by newer ones are forgotten (oldest first).
class DedupeJournal {
public:
    /// `path` is made with room for `capacity` records when missing; a damaged file is made anew
    /// and said. Throws std::system_error.
    explicit DedupeJournal(const std::string& path, std::size_t capacity = 65536);
    ~DedupeJournal();

    struct Earlier {
        enum class State { none, intent, delivered, confirmed } state = State::none;
        mail::MailId id;
        bool is_ours = false; ///< made by this run of the process: worth waiting for
    };
    Earlier find(const TransactionHash& hash, WallTime now) const;
    /// Before the downstream dot. Replaces an older record of the same hash.
    void intend(const TransactionHash& hash, mail::MailId id, WallTime now);
    /// Downstream 250 seen (or committed to the store); before our 250 is written.
    void delivered(const TransactionHash& hash, mail::MailId id);
    /// The client surely heard our 250: never suppress again.
    void confirmed(const TransactionHash& hash, mail::MailId id);
    /// Nothing went out, or it was refused: forget the intent.
    void withdraw(const TransactionHash& hash, mail::MailId id);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Feeds what makes a transaction the same, in order; the installation's secret keys it.
class TransactionHasher {
public:
    explicit TransactionHasher(std::uint64_t secret);
    ~TransactionHasher();
    TransactionHasher(TransactionHasher&&) noexcept;
    void envelope(const mail::Ip& client, const mail::ReversePath& sender,
                  std::vector<std::string> recipient_keys);
    void update(std::string_view bytes);
    TransactionHash finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};
}
