// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"
#include "gateway/mail/stamp.hpp"
#include "gateway/net/await.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace storage {
using net::awaitable;
using WallTime = std::chrono::system_clock::time_point;

/// XXH3-128 of what makes two transactions the same (promise §3); all zero: none was computed.
using TransactionHash = std::array<std::uint8_t, 16>;

/// Where one recipient of a stored mail stands. waiting: the queue; held: the quarantine.
/// delivered, discarded and deleted rows are gone from the queue and swept with their body.
enum class RowState { waiting, held, delivered, discarded, deleted };

struct RowId {
    mail::MailId mail;
    std::uint32_t number = 1; ///< 1 is the first recipient: "ID/1"
    auto operator<=>(const RowId&) const = default;
    std::string to_string() const;
    static std::optional<RowId> parse(std::string_view text); ///< needs "/N"
};

/// One recipient of a mail to be committed. `number` as in the session, so that ids agree
/// everywhere.
struct NewRow {
    std::uint32_t number = 1;
    mail::Mailbox address = {};
    std::optional<mail::Mailbox> owner = {}; ///< whose quarantine it is, if not the address's
    RowState state = RowState::waiting;
    std::string reason = {}; ///< for held: "points ≥ 6", "delivery.refused"
    mail::Stamp stamp = {}; ///< as it will be delivered; for held rows: as on release
    std::string notify = {}, orcpt = {}; ///< DSN parameters
    double score = 0;
    WallTime next_attempt{}; ///< waiting rows: not before this
    std::string last_reply = {};
    bool is_unreachable = false; ///< waiting since its server could not be asked
};

/// What listings, delivery and the pages see of one row.
struct Row {
    RowId id;
    std::string address;
    RowState state = RowState::waiting;
    std::string reason;
    unsigned attempts = 0;
    WallTime received_at{}, next_attempt{};
    WallTime since{}; ///< in this state
    WallTime expires_at{}; ///< held rows: when `sweep` drops them
    std::string last_reply;
    mail::ReversePath sender;
    mail::MailParameters parameters;
    mail::Direction direction = mail::Direction::inbound;
    std::string client; ///< the client's address as text
    std::string from, subject, message_id; ///< decoded, ≤ 512 octets each, for people
    std::size_t size = 0;
    double score = 0;
    std::string notify, orcpt;
    mail::Stamp stamp; ///< filled by `due` and `row` only
};

struct RowQuery {
    std::optional<RowState> state = {};
    std::string recipient_domain = {}; ///< empty: all
    std::string recipient = {}; ///< exact key, empty: all
    std::string text = {}; ///< substring of sender, recipient, from or subject
    std::optional<mail::MailId> mail = {};
    std::optional<RowId> after = {}; ///< cursor: newest first, rows older than this
    std::size_t limit = 100;
};

struct Usage {
    std::uint64_t bodies = 0, bytes = 0; ///< what is kept on disk
    std::uint64_t waiting = 0, held = 0; ///< rows
    std::optional<WallTime> oldest_waiting;
    bool is_stopped = false; ///< a sync error or corruption stopped the store
    std::string problem; ///< why
};

enum class Commit { done, full, stopped };

/// What one delivery attempt made of a row.
struct Attempt {
    RowId row;
    enum class Outcome { delivered, retry, held, discarded } outcome = Outcome::retry;
    std::string reply = {}; ///< the peer's words, sanitised
    std::string reason = {}; ///< for held
    WallTime next_attempt{}; ///< for retry
    bool is_unreachable = false; ///< for retry: the server could not be asked
};

/// Thrown where the store is full or stopped and the answer has no other word for it.
struct Unavailable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The promise (promise.md §2): committed mail, one outcome per recipient, through crashes.
/// All functions are awaitable on any loop; the work happens on the store's own threads.
class Store {
public:
    virtual ~Store() = default;
    /// Durable when it returns `done`; otherwise nothing is kept. `mail` must outlive the wait.
    virtual awaitable<Commit> commit(const mail::Mail& mail, std::vector<NewRow> rows,
                                     TransactionHash hash)
        = 0;
    /// Waiting rows whose time has come, oldest first, at most `limit`; each is returned once
    /// until `record` or `give_back` is called for it or the process restarts. A row that waits
    /// because its server could not be asked is not overtaken by a later one to its address: it
    /// comes in that one's place, and the two change times. Nothing while the store is stopped,
    /// since nothing could be recorded.
    virtual awaitable<std::vector<Row>> due(WallTime now, std::size_t limit) = 0;
    virtual awaitable<void> give_back(std::vector<RowId> rows) = 0;
    /// Those of the rows that wait: what was handed out may since have been held or removed.
    virtual awaitable<std::vector<RowId>> still_waiting(std::vector<RowId> rows) = 0;
    /// The earliest next attempt of a waiting row that is not handed out.
    virtual awaitable<std::optional<WallTime>> next_due() = 0;
    /// The message as received. Throws when it is missing or damaged.
    virtual awaitable<mail::Message> message(mail::MailId id) = 0;
    /// Durable when it returns; waits for a full or stopped store, since what happened cannot be
    /// undone. A row that was held or removed meanwhile stays so unless it was delivered.
    virtual awaitable<void> record(std::vector<Attempt> attempts) = 0;

    virtual awaitable<std::vector<Row>> list(RowQuery query) = 0;
    virtual awaitable<std::optional<Row>> row(RowId id) = 0;
    /// held → waiting, due now. Returns how many rows changed; rows in other states are left
    /// alone. This and the next three throw Unavailable when nothing can be changed.
    virtual awaitable<std::size_t> release(std::vector<RowId> rows, WallTime now) = 0;
    /// waiting → held with a reason.
    virtual awaitable<std::size_t> hold(std::vector<RowId> rows, std::string reason) = 0;
    /// waiting → due now.
    virtual awaitable<std::size_t> retry(std::vector<RowId> rows, WallTime now) = 0;
    /// waiting or held → deleted.
    virtual awaitable<std::size_t> remove(std::vector<RowId> rows) = 0;
    /// The id of a mail committed with this hash since `since` (promise §4, W6).
    virtual awaitable<std::optional<mail::MailId>> find(TransactionHash hash, WallTime since) = 0;
    /// Drops finished rows, bodies without rows, held rows past retention; returns rows dropped.
    virtual awaitable<std::size_t> sweep(WallTime now) = 0;
    virtual Usage usage() const = 0;
    /// At a high-water mark: by bytes, then `commit` answers `full` to all; or because a server
    /// that mail waits for has been unreachable for too long, then to mail that would wait for the
    /// same domain. Cheap.
    virtual bool is_full() const = 0;
};
}
