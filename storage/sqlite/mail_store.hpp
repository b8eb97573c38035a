// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/open.hpp"
#include "storage/sqlite/mail_reader.hpp"
#include "storage/sqlite/reader_thread.hpp"
#include "storage/sqlite/recent_hashes.hpp"
#include "storage/sqlite/writer.hpp"

#include <atomic>
#include <set>

namespace storage::sqlite {
/// Store over mail.db and the folder `bodies`. Threads: one writer, two that pack bodies and two
/// for the large ones, one that reads for deliveries and one for listings, so that a long search
/// delays no delivery.
class MailStore final : public Store, private Writer::Owner {
public:
    /// Migrates, recovers, sweeps and verifies. Throws.
    MailStore(const Settings& settings, net::Env& env, Files& files);
    ~MailStore() override;
    Writer& writer() { return *writer_; }
    ReaderThread<MailReader>& listings() { return *listings_; }
    /// As found when it was opened.
    std::vector<ListEntry> take_entries() { return std::move(entries_); }
    awaitable<std::vector<Row>> list(RowQuery query, Reach reach);
    awaitable<std::uint64_t> count_held(Reach reach);

    awaitable<Commit> commit(const mail::Mail& mail, std::vector<NewRow> rows,
                             TransactionHash hash) override;
    awaitable<std::vector<Row>> due(WallTime now, std::size_t limit) override;
    awaitable<void> give_back(std::vector<RowId> rows) override;
    awaitable<std::vector<RowId>> still_waiting(std::vector<RowId> rows) override;
    awaitable<std::optional<WallTime>> next_due() override;
    awaitable<mail::Message> message(mail::MailId id) override;
    awaitable<void> record(std::vector<Attempt> attempts) override;
    awaitable<std::vector<Row>> list(RowQuery query) override;
    awaitable<std::optional<Row>> row(RowId id) override;
    awaitable<std::size_t> release(std::vector<RowId> rows, WallTime now) override;
    awaitable<std::size_t> hold(std::vector<RowId> rows, std::string reason) override;
    awaitable<std::size_t> retry(std::vector<RowId> rows, WallTime now) override;
    awaitable<std::size_t> remove(std::vector<RowId> rows) override;
    awaitable<std::optional<mail::MailId>> find(TransactionHash hash, WallTime since) override;
    awaitable<std::size_t> sweep(WallTime now) override;
    Usage usage() const override;
    bool is_full() const override;

private:
    class CommitChange;
    class RecordChange;
    struct Published {
        std::atomic<std::int64_t> bodies{0}, bytes{0}, waiting{0}, held{0};
        std::atomic<std::int64_t> oldest_waiting{0}, unreachable_since{0}; ///< 0: none
    };
    std::unique_ptr<MailTables> reopen() override;
    void publish(const MailTables& tables) override;
    void clean(MailTables& tables) override;

    std::unique_ptr<MailTables> open(bool verify);
    /// For the start: a damaged database is replaced by what can be saved of it.
    std::unique_ptr<MailTables> open_or_replace();
    std::unique_ptr<MailReader> open_reader() const;
    void prepare(std::unique_ptr<CommitChange> change);
    bool is_beyond_bytes() const;
    bool is_beyond_age() const;
    awaitable<std::size_t> move_all(std::vector<RowId> rows, Move move);
    awaitable<std::size_t> drop_held(WallTime now);
    awaitable<void> drop_mails(WallTime now);
    awaitable<void> postpone(std::vector<MailReader::Postponed> rows);
    awaitable<void> hold_unreadable(std::vector<MailReader::Unreadable> rows);
    std::size_t drop_orphans(MailTables& tables);

    const Settings settings_;
    net::Env& env_;
    Files& files_;
    const std::string path_;
    Bodies bodies_;
    Published published_;
    RecentHashes recent_;
    std::vector<ListEntry> entries_;

    std::mutex handed_out_mutex_;
    std::set<RowId> handed_out_;
    std::mutex in_flight_mutex_;
    std::set<mail::MailId> in_flight_; ///< large bodies whose row is not yet committed
    std::atomic<bool> has_orphans_{false};

    std::unique_ptr<Writer> writer_;
    std::unique_ptr<net::WorkerPool> pool_, large_pool_; ///< so that small mail waits for no sync
    std::unique_ptr<ReaderThread<MailReader>> deliveries_, listings_;
};
}
