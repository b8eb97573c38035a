// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/fingerprint_table.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/net/await.hpp"
#include "storage/mail_memory.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace net {
class WorkerPool;
}

namespace filters {
/// A mail that goes out and came in before.
struct CameIn {
    mail::MailId id; ///< under which it came in
    bool is_spam = false; ///< it was tagged, or would have been stopped if the policy had acted
    std::string_view action; ///< what was done with it: "tag"
    std::string_view by; ///< how it was known again: Received, Message-ID, text, likeness
    std::vector<std::string> recipients; ///< keys of those it came to, as far as known; the one
                                         ///< that sends it on first, where its fields say who
};

/// Both directions of one gateway: what comes in is remembered with what was thought of it, so that
/// it is known again when it goes out (features O1). Safe from all loops.
class TwoWayMemory {
public:
    /// Keys of the recipients of a mail that came in; asked where memory does not reach.
    using Recipients = std::function<net::awaitable<std::vector<std::string>>(mail::MailId)>;
    struct Parts {
        std::unique_ptr<storage::MailMemory> memory;
        net::WorkerPool* pool = nullptr;
        std::shared_ptr<FingerprintTable> fingerprints
            = {}; ///< may be missing: likeness is not seen
        Recipients recipients = {}; ///< may be missing
        std::uint64_t secret = 0;
    };
    explicit TwoWayMemory(Parts parts) : parts_{std::move(parts)} { }

    /// The one of the process; nullptr: nothing is remembered.
    static TwoWayMemory* here();
    /// Makes it that one; nullptr: none is any more.
    static void put_here(TwoWayMemory* memory);

    /// Recipients of a mail that came in and was accepted, with their verdicts. Before it is passed
    /// on: it may be back at once. Never waits; beyond 50,000 not written yet it forgets.
    void remember(const mail::Mail& mail);
    /// A mail that begins here: a copy of it that comes back from outside makes no forward of its
    /// other copies.
    void remember_outgoing(const mail::Mail& mail);
    /// Whether this came in before. Waits for the disk, not on the loop.
    net::awaitable<std::optional<CameIn>> find(const mail::Mail& mail);
    /// What is known of the mail with one of these Message-IDs.
    struct ById {
        /// Of the first of these that came in, the best: anybody may send others under its id.
        std::optional<mail::MailId> came_in;
        bool was_spam = false, was_proven = true; ///< proven: SPF, DKIM or DMARC passed
        bool went_out = false; ///< it began here
    };
    net::awaitable<ById> known_by_id(std::vector<std::string> ids,
                                     std::chrono::system_clock::time_point now);
    /// Writes what waits, and drops what is too old. Blocks.
    void sweep(std::chrono::system_clock::time_point now);
    std::size_t size() const { return parts_.memory->size(); }
    std::size_t bytes() const { return parts_.memory->bytes(); }

    std::uint64_t hash_of(std::string_view text) const
    {
        return storage::hash_for_memory(text, parts_.secret);
    }

private:
    struct Question;
    struct Choice {
        storage::RememberedMail mail;
        int agreement = 0;
        std::string_view by;
    };
    storage::RememberedMail trace_of(const mail::Mail& mail) const;
    Question question_about(const mail::Mail& mail) const;
    void note(storage::RememberedMail one);
    void write_waiting();
    ById look_up(const std::vector<std::string>& ids, std::chrono::system_clock::time_point now);
    std::optional<Choice> choose(const Question& question);
    int agreement(const Question& question, const storage::RememberedMail& one,
                  std::string_view& by);
    bool is_alike(const Question& question, mail::MailId mail);
    net::awaitable<std::vector<std::string>> recipients_of(mail::MailId mail);
    void put_forwarder_first(CameIn& came, const Question& question, std::uint64_t recipient) const;

    Parts parts_;
    std::mutex writing_; // so that who looks finds what was noted before
    std::mutex mutex_; // guards what follows
    std::vector<storage::RememberedMail> waiting_; // for the disk
    std::deque<std::pair<mail::MailId, std::vector<std::string>>> recent_; // recipients
};
}
