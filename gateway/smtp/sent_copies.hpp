// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/id.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace smtp {
/// Which copies left: what several aliases or lists lead to one outside address goes there once an
/// hour (features O3). Only what was accepted counts, so that nothing is lost by it: of copies that
/// leave at the same moment one is under way, and what becomes of it decides about the others.
/// Bounded; safe from all loops.
class SentCopies {
public:
    using Copy = storage::TransactionHash;
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::hours window{1};

    /// Copies of one mail that are under way while this lives: no other mail can claim them.
    class Claim {
    public:
        Claim() = default;
        Claim(SentCopies& owner, std::vector<Copy> copies)
            : owner_{&owner}, copies_{std::move(copies)}
        { }
        Claim(Claim&& other) noexcept = default;
        Claim& operator=(Claim&& other) = delete;
        ~Claim();

    private:
        SentCopies* owner_ = nullptr;
        std::vector<Copy> copies_;
    };

    /// The one object of the process.
    static SentCopies& here();
    /// Those of the copies that did not leave within the hour; nullopt: one of them is under way
    /// with another mail, and none is claimed.
    std::optional<Claim> claim(std::vector<Copy> copies, Time now);
    /// The recipient of a mail for whom a copy left, or was kept to leave later.
    struct Sent {
        storage::RowId row;
        bool is_waiting = false; ///< in the store, when it was last heard of
        Time at{};
    };
    /// Within the hour.
    std::optional<Sent> find(const Copy& copy, Time now) const;
    void note(const Copy& copy, const Sent& sent);
    /// What waited has left; false: it was not known to wait.
    bool note_left(storage::RowId row);
    /// What was kept for this recipient will not leave.
    void forget(const Copy& copy, storage::RowId row);

private:
    using Table = std::map<Copy, Sent>;
    std::optional<Sent> find_locked(const Copy& copy, Time now) const;
    mutable std::mutex mutex_; // guards what follows
    Table newer_, older_; ///< take turns by the hour, or when one is full
    std::map<storage::RowId, Copy> waiting_; ///< of those in the tables
    std::set<Copy> under_way_; ///< not more than sessions have recipients
    Time turned_{};
};
}
