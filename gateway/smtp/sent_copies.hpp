// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/id.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>

namespace smtp {
/// Which copies left: what several aliases or lists lead to one outside address goes there once an
/// hour (features O3). Only what was accepted counts, so that nothing is lost by it. Bounded; safe
/// from all loops.
class SentCopies {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::hours window{1};
    /// The one object of the process.
    static SentCopies& here();
    /// The mail of which this copy left within the hour.
    std::optional<mail::MailId> find(const storage::TransactionHash& copy, Time now) const;
    void note(const storage::TransactionHash& copy, mail::MailId mail, Time now);

private:
    struct Sent {
        mail::MailId mail;
        Time at;
    };
    using Table = std::map<storage::TransactionHash, Sent>;
    mutable std::mutex mutex_; // guards what follows
    Table newer_, older_; ///< take turns by the hour, or when one is full
    Time turned_{};
};
}
