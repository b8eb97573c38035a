// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/departure.hpp"
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
    bool is_same_text = false; ///< and is not only called the same; of two without text too
    std::vector<std::string> recipients; ///< keys of those it came to, as far as known; the one
                                         ///< that sends it on first, where its fields say who
};

/// A bounce that came back, as it describes itself: all of it may be invented.
struct BounceClaim {
    std::vector<std::string> ids; ///< of the mail it is about, which is one of the first three
    std::string sender; ///< the key of whom it came back to
    std::vector<std::string> recipients; ///< keys of those it names as not reached
    std::string reporter = {}; ///< who brings it
};
/// What of it agrees with what was sent.
struct ReturnedMail {
    bool went_out = false; ///< one of the ids is a mail of ours
    std::vector<std::string> recipients; ///< those of it to whom that sender sent that mail
    bool is_new = false; ///< one of them at least did not come back before
    /// And its reporter told nothing else of that mail: whoever got it knows who else did.
    bool is_first = false;
};

/// Both directions of one gateway: what comes in is remembered with what was thought of it, so that
/// it is known again when it goes out (features O1). Safe from all loops.
class TwoWayMemory {
public:
    /// Keys of the recipients of a mail that came in; asked where memory does not reach.
    using Recipients = std::function<net::awaitable<std::vector<std::string>>(mail::MailId)>;
    /// Rows of history of the mail with a Message-ID, newest first.
    using Rows = std::function<net::awaitable<std::vector<storage::HistoryRow>>(std::string id)>;
    struct Parts {
        std::unique_ptr<storage::MailMemory> memory;
        net::WorkerPool* pool = nullptr;
        std::shared_ptr<FingerprintTable> fingerprints
            = {}; ///< may be missing: likeness is not seen
        Recipients recipients = {}; ///< may be missing
        Rows rows = {}; ///< may be missing: nobody knows by whom a mail left
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
    /// other copies, and a bounce is known by its sender and those it is for.
    void remember_outgoing(const mail::Mail& mail);
    /// A mail that is sent on: a bounce of it is known in the same way.
    void remember_sent_on(const mail::Mail& mail);
    /// Whether this came in before. Mail of our own authors (`is_ours`) begins here although its
    /// text came in before, unless it says that it was handed on. Waits for the disk, not on the
    /// loop.
    net::awaitable<std::optional<CameIn>> find(const mail::Mail& mail, bool is_ours = false);
    /// What is known of the mail with one of these Message-IDs.
    struct ById {
        /// Of the first of these that came in, the best: anybody may send others under its id.
        std::optional<mail::MailId> came_in;
        bool was_spam = false, was_proven = true; ///< proven: SPF, DKIM or DMARC passed
        bool went_out = false; ///< it began here
    };
    net::awaitable<ById> known_by_id(std::vector<std::string> ids,
                                     std::chrono::system_clock::time_point now);
    /// Compares a bounce with what was sent, and remembers that it came back.
    net::awaitable<ReturnedMail> take_bounce(BounceClaim bounce,
                                             std::chrono::system_clock::time_point now);
    /// Whether the mail with this Message-ID began here, from this address: its author's or
    /// sender's.
    net::awaitable<bool> was_sent_by(std::string id, std::string address,
                                     std::chrono::system_clock::time_point now);
    /// By whom the mail with one of these Message-IDs left: see departure_in.
    net::awaitable<Departure> departure_of(std::vector<std::string> ids,
                                           std::vector<std::string> recipients, bool strict);
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
        bool is_same_text = false;
    };
    storage::RememberedMail trace_of(const mail::Mail& mail) const;
    Question question_about(const mail::Mail& mail, bool is_ours) const;
    void note(storage::RememberedMail one);
    void note_copies(const mail::Mail& mail, const storage::RememberedMail& trace);
    void write_waiting();
    ById look_up(const std::vector<std::string>& ids, std::chrono::system_clock::time_point now);
    ReturnedMail compare(const BounceClaim& bounce, std::chrono::system_clock::time_point now);
    std::uint64_t hash_of_copy(std::string_view id, std::string_view sender,
                               std::string_view recipient) const;
    std::optional<Choice> choose(const Question& question);
    int agreement(const Question& question, const storage::RememberedMail& one,
                  std::string_view& by);
    bool is_alike(const Question& question, mail::MailId mail, double least);
    net::awaitable<std::vector<std::string>> recipients_of(mail::MailId mail);
    void put_forwarder_first(CameIn& came, const Question& question, std::uint64_t recipient) const;

    Parts parts_;
    std::mutex writing_; // so that who looks finds what was noted before
    std::mutex mutex_; // guards what follows
    std::vector<storage::RememberedMail> waiting_; // for the disk
    std::deque<std::pair<mail::MailId, std::vector<std::string>>> recent_; // recipients
};
}
