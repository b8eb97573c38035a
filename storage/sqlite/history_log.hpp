// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/open.hpp"
#include "storage/sqlite/history_reader.hpp"
#include "storage/sqlite/history_tables.hpp"
#include "storage/sqlite/reader_thread.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace storage::sqlite {
/// History over history.db: one thread writes batches of up to a second, and indexes when it is
/// idle.
class HistoryLog final : public History, public Statistics {
public:
    struct Limits {
        std::size_t queued_rows = 16384;
        std::size_t batch = 512; ///< rows that are written at once
        std::chrono::milliseconds delay{1000}; ///< the oldest row waits no longer
        std::size_t busy_batch = 128; ///< a second with fewer rows is idle time
        std::size_t backlog = 50; ///< segments without index that make indexing urgent
    };
    /// Throws when the database can be neither opened nor made anew.
    HistoryLog(const std::string& directory, Files& files);
    /// Writes what is queued.
    ~HistoryLog() override;
    void record(HistoryRow row) override;
    void note_delivery(RowId id, std::string delivery) override;
    awaitable<std::vector<HistoryRow>> search(HistoryQuery query) override;
    /// What of it lies within a reach.
    awaitable<std::vector<HistoryRow>> search(HistoryQuery query, Reach reach,
                                              VerdictQuery verdicts);
    /// The same in the time that `verdicts` gives it.
    awaitable<HistoryPage> page(HistoryQuery query, Reach reach, VerdictQuery verdicts);
    awaitable<std::size_t> sweep(WallTime before) override;
    awaitable<std::vector<Count>> counts(CountQuery query) override;
    void note_level(std::string name, WallTime now, std::uint64_t number) override;
    awaitable<void> settle() override;
    std::uint64_t dropped() const override { return dropped_; }

private:
    struct Batch {
        std::vector<HistoryRow> rows;
        std::vector<DeliveryNote> notes;
        std::vector<net::Handover<void>> settlers;
        std::vector<std::move_only_function<void()>> tasks;
        bool is_empty() const;
        bool is_urgent(std::size_t rows_wanted) const;
    };
    Database::Options options(Database::Mode mode) const;
    std::unique_ptr<HistoryTables> open_or_renew();
    bool has_room() const;
    ReaderThread<HistoryReader>& reader_for(const Reach& reach);
    void work();
    /// False: nothing is queued, and it is time to index.
    bool wait(std::unique_lock<std::mutex>& lock);
    void write(Batch& batch);
    void guarded(const std::function<void()>& step);
    void post(std::move_only_function<void()> task);

    const Limits limits_{};
    const std::string path_;
    Files& files_;
    // The writing thread's own:
    std::string damage_; ///< found while it was used; the next opening begins anew
    std::unique_ptr<HistoryTables> tables_;
    std::chrono::steady_clock::time_point again_at_{};
    bool is_idle_ = true;

    std::mutex mutex_;
    std::condition_variable woken_;
    Batch queue_;
    std::chrono::steady_clock::time_point first_at_{};
    bool is_closing_ = false;
    std::atomic<std::uint64_t> dropped_{0};
    /// People's own mail does not wait for what staff search.
    ReaderThread<HistoryReader> reader_, own_reader_;
    std::thread thread_;
};
}
