// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/reply.hpp"
#include "gateway/smtp/context.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace smtp {
/// One recipient of an attempt, and what became of it.
struct Attempted {
    storage::Row row;
    storage::Attempt attempt;
    mail::Reply reply;
    std::string server;
    std::chrono::milliseconds took{};
};

/// Those of one mail, whose sender is to be told of them.
struct FailedMail {
    std::string header; ///< of the mail
    std::vector<Attempted> failures;
};

/// Failures that are gathered while more of the same mail is being tried, so that one notice tells
/// of all. Their rows wait in the store until the notice is there: after a crash they are tried
/// again. Used by one loop.
class FailureNotices {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds longest_wait{30};
    static constexpr std::size_t most = 5000; ///< failures in all; beyond nothing waits
    /// All of `failed` are of one mail.
    void add(FailedMail failed, Time now);
    /// Those of a mail; none: an empty list.
    FailedMail take(mail::MailId mail);
    /// Those that waited long enough, or for which there is no room.
    std::vector<FailedMail> take_due(Time now);
    bool empty() const { return mails_.empty(); }

private:
    struct Gathered {
        FailedMail failed;
        Time since{};
    };
    std::map<mail::MailId, Gathered> mails_;
    std::size_t count_ = 0;
};

/// Tells the senders, in as few notices as can be, and ends the rows. What cannot be told of is
/// held for a person. Durable when it returns. Throws what the store throws.
net::awaitable<void> tell_of_failures(Context& context, SnapshotPointer snapshot,
                                      FailedMail failed);
}
