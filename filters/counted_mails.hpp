// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace filters {
/// Which of the mails that we did not take were counted already: who tries again, as we asked for,
/// sends no further mail. Bounded: what was noted longest ago makes room, and is counted again.
/// And what counts only once we took a mail. Safe from all threads.
class CountedMails {
public:
    static constexpr std::size_t most = 50'000;
    /// The ones of the process.
    static CountedMails& here();
    /// A mail as something that counts for `key` (an account, a domain): the same for each try of
    /// it, and for no other mail that its sender writes.
    static std::uint64_t hash_of(const mail::Mail& mail, std::string_view key);
    /// Whether it was counted when it was tried before.
    bool holds(std::uint64_t hash) const;
    /// It is counted, now or before.
    void note(mail::MailId mail, std::uint64_t hash);
    /// Calls `count` when the mail is settled as taken, with its verdicts.
    void when_taken(mail::MailId mail, std::function<void(const mail::Mail&)> count);
    /// What became of it. One that was not taken may be tried again.
    void settle(const mail::Mail& mail, bool is_taken);

private:
    struct UnderWay {
        std::vector<std::uint64_t> counted;
        std::vector<std::function<void(const mail::Mail&)>> when_taken;
    };
    mutable std::mutex mutex_; // guards what follows
    std::map<mail::MailId, UnderWay> under_way_;
    std::list<std::uint64_t> by_age_; // by mail and key: those that may be tried again
    std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> waiting_; // their places
};

/// Settles a mail when it ends: as one that was not taken, unless somebody said so.
class CountedMail {
public:
    explicit CountedMail(const mail::Mail& mail) : mail_{mail} { }
    ~CountedMail() { CountedMails::here().settle(mail_, is_taken_); }
    CountedMail(const CountedMail&) = delete;
    CountedMail& operator=(const CountedMail&) = delete;
    void note_taken() { is_taken_ = true; }

private:
    const mail::Mail& mail_;
    bool is_taken_ = false;
};
}
