// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/sqlite/mail_store.hpp"

namespace storage::sqlite {
/// Keeps a mail readable for another thread: whoever waits for the commit may be cancelled, and
/// must not take the mail away while the pool reads it.
class Reading {
public:
    /// False when the mail is gone.
    bool begin();
    void end();
    /// Returns when nobody reads and nobody will.
    void forbid();

private:
    std::mutex mutex_;
    std::condition_variable ended_;
    enum class State { awaited, reading, over } state_ = State::awaited;
};

/// A mail on its way into the tables.
class MailStore::CommitChange final : public Change {
public:
    CommitChange(MailStore& store, const mail::Mail& mail, std::vector<NewRow> rows,
                 TransactionHash hash, std::shared_ptr<Reading> reading,
                 net::Handover<Commit> outcome);
    ~CommitChange() override;
    /// All that is costly, on the pool; a large body's file is durable afterwards.
    /// Throws std::system_error, or std::runtime_error when nobody waits any more.
    void prepare();
    void apply(MailTables& tables) override;
    void committed() override;
    void failed(Failure failure, const std::string& why) override;
    std::size_t bytes() const override { return bytes_; }

private:
    void read_mail();
    MailStore& store_;
    const mail::Mail& mail_;
    std::shared_ptr<Reading> reading_;
    MailRecord record_;
    std::size_t bytes_;
    bool is_committed_ = false;
    bool is_refused_ = false; ///< a server it would wait for is away for too long
    net::Handover<Commit> outcome_;
};

/// What delivery attempts made of rows.
class MailStore::RecordChange final : public Change {
public:
    RecordChange(MailStore& store, std::vector<Attempt> attempts, net::Handover<void> outcome);
    void apply(MailTables& tables) override;
    void committed() override;
    void failed(Failure failure, const std::string& why) override;
    bool is_patient() const override { return true; }

private:
    MailStore& store_;
    std::vector<Attempt> attempts_;
    net::Handover<void> outcome_;
};
}
