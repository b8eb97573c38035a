// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "storage/sqlite/mail_tables.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace storage::sqlite {
/// One change to mail.db; the writer thread makes it together with others in one transaction.
class Change {
public:
    enum class Failure { full, stopped, wrong };
    virtual ~Change() = default;
    /// Inside the transaction. Runs once more when the batch is tried again without its faulty
    /// member.
    virtual void apply(MailTables& tables) = 0;
    /// After COMMIT returned; on the writer thread, in order of commitment.
    virtual void committed() = 0;
    /// Nothing of it is kept.
    virtual void failed(Failure failure, const std::string& why) = 0;
    /// Would rather wait for a full or stopped store than fail: what deliveries made of rows.
    virtual bool is_patient() const { return false; }
    /// Bytes that count against the bound of the queue.
    virtual std::size_t bytes() const { return 0; }
};

/// The one thread that writes and checkpoints mail.db (promise §2.2): group commit, and what a
/// full disk or a failed sync means.
class Writer {
public:
    struct Limits {
        std::size_t messages = 128;
        std::size_t bytes = 4 << 20;
        std::chrono::microseconds wait{2000}; ///< since the first waiter, while others are coming
        std::size_t queue_bytes = 64 << 20;
        std::chrono::milliseconds pause{1000}; ///< before a stopped store is opened again; doubles
    };
    /// Who owns the writer; called on the writer's thread.
    class Owner {
    public:
        virtual ~Owner() = default;
        /// Opens and verifies the database once more after a fault. Throws when it is not well.
        virtual std::unique_ptr<MailTables> reopen() = 0;
        /// A batch is committed; nobody was told yet.
        virtual void publish(const MailTables& tables) = 0;
        /// The waiters of a batch have their answers.
        virtual void clean(MailTables& tables) = 0;
    };
    Writer(Limits limits, std::unique_ptr<MailTables> tables, Owner& owner);
    /// Finishes what is queued.
    ~Writer();

    /// Takes room in the queue for a change that is being prepared; false when there is none.
    bool announce(std::size_t bytes);
    /// An announced change will not come.
    void retract(std::size_t bytes);
    /// `announced`: `announce` was called for its bytes.
    void submit(std::unique_ptr<Change> change, bool announced = false);
    /// Stops the store as a failed sync does.
    void halt(const std::string& problem);
    bool is_stopped() const { return is_stopped_; }
    std::string problem() const;

    /// Makes a change and returns its result on the caller's loop once it is durable.
    /// Throws Unavailable when the store is full or stopped.
    template <class Work> net::awaitable<std::invoke_result_t<Work, MailTables&>> change(Work work);

private:
    using Batch = std::vector<std::unique_ptr<Change>>;
    struct Fault {
        enum class Kind { wrong, full, fatal } kind;
        std::size_t culprit;
        std::string why;
    };
    void work();
    /// Something waits for a stopped or full store.
    bool is_due_again() const;
    Batch next_batch(std::unique_lock<std::mutex>& lock);
    void write(Batch batch);
    /// nullopt: committed.
    std::optional<Fault> attempt(Batch& batch);
    void answer(Batch& batch);
    void refuse_all(Batch batch, Change::Failure failure, const std::string& why);
    void refuse(Change& change, Change::Failure failure, const std::string& why);
    void stop(const std::string& problem);
    void try_again();
    void checkpoint();

    const Limits limits_;
    Owner& owner_;
    // The writer thread's own:
    std::unique_ptr<MailTables> tables_; ///< nullptr: stopped
    Batch parked_;
    std::chrono::milliseconds pause_;
    std::chrono::steady_clock::time_point again_at_{};

    mutable std::mutex mutex_;
    std::condition_variable woken_;
    std::deque<std::unique_ptr<Change>> queue_;
    std::chrono::steady_clock::time_point first_at_{};
    std::size_t coming_ = 0, queue_size_ = 0;
    std::atomic<std::size_t> held_bytes_{0};
    std::optional<std::string> halt_;
    std::string problem_;
    std::atomic<bool> is_stopped_{false};
    std::atomic<bool> is_closing_{false};
    std::thread thread_;
};
}

#include "storage/sqlite/change_call.hpp"
