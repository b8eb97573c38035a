// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/store.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace storage {
/// One recipient of one message, or one refused connection, command or recipient. What the log,
/// `trace`, `explain` and the pages show. Text fields hold hostile text; recording cuts them to
/// 512 octets of valid UTF-8.
struct HistoryRow {
    /// Unique. Number 0 stands for what was no recipient of the mail, such as a refused RCPT:
    /// history gives it a number of its own beyond 1,000,000,000.
    RowId id = {};
    WallTime time{};
    std::string stage = {}; ///< connect, helo, mail, rcpt, data, store
    mail::Direction direction = mail::Direction::inbound;
    std::string listener = {}, client = {}, helo = {}, sender = {}, recipient = {};
    std::string from = {}, subject = {}, message_id = {};
    std::size_t size = 0;
    mail::Action action = mail::Action::deliver;
    std::string rule = {}, step = {}; ///< which rule decided and on which step of the ladder
    double score = 0;
    std::string findings = {}; ///< JSON array: [{"name","detail","evidence","points"}]
    std::string timings = {}; ///< JSON object: {"scan_ms":…,"layers_ms":…,"relay_ms":…}
    std::string reply = {}; ///< what the client was told
    /// What became of it later: state, peer and its words; "" so far nothing.
    std::string delivery = {};
    std::string owner = {}; ///< whose mail it is: a mailbox key; "": the recipient's
    std::string sending_domain = {}; ///< that of ours which an outgoing mail is of; "": none
};

struct HistoryQuery {
    /// Substring of sender, recipient, from or subject; letters' case does not count in ASCII.
    /// With fewer than 3 characters all rows are looked through.
    std::string text = {};
    /// Exact, whatever the case; empty: any. A Message-ID with or without angle brackets.
    std::string recipient = {}, sender = {}, recipient_domain = {}, sender_domain = {};
    std::string client = {}, message_id = {};
    std::optional<mail::Action> action = {};
    std::optional<mail::MailId> id = {};
    std::optional<WallTime> since = {}, until = {};
    std::optional<RowId> after = {}; ///< cursor, newest first
    std::size_t limit = 100;
};

/// history.db: its own database and writer, batched, synchronous=NORMAL; up to 1 s may be lost at
/// a power cut, no mail. Recording never waits: past its bound rows are dropped and counted.
class History {
public:
    virtual ~History() = default;
    virtual void record(HistoryRow row) = 0;
    /// What became of a row later.
    virtual void note_delivery(RowId id, std::string delivery) = 0;
    virtual awaitable<std::vector<HistoryRow>> search(HistoryQuery query) = 0;
    /// Drops rows older than `before`; returns how many.
    virtual awaitable<std::size_t> sweep(WallTime before) = 0;
    /// Waits until what was recorded so far can be searched.
    virtual awaitable<void> settle() = 0;
    virtual std::uint64_t dropped() const = 0;
};
}
