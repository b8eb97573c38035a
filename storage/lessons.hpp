// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/id.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace storage {
/// What the classifier's model was taught of one mail, or that this was taken back. Octets are the
/// classifier's own.
struct Lesson {
    enum class Kind { ham, spam, taken_back };
    std::uint64_t number = 0; ///< rising in the order of learning; given when it is recorded
    mail::MailId mail;
    WallTime time{};
    Kind kind = Kind::ham;
    bool is_trusted = true;
    std::string features = {}, step = {}; ///< of taken_back: those of what was taken back
    std::uint64_t undoes = 0; ///< of taken_back: the number of that
};

/// What somebody says of a mail, whether or not the model was taught by it.
struct Voice {
    mail::MailId mail;
    std::string who = {};
    WallTime time{};
    Lesson::Kind kind = Lesson::Kind::ham; ///< taken_back: nothing any more
    double offset_step = 0; ///< how far it moved the offset of its user
};

/// What can still be taught of a mail.
struct KeptFeatures {
    mail::MailId mail;
    WallTime time{};
    std::string features;
};

/// lessons.db: lessons, who said what, features of recent mail, offsets of users. Every call blocks
/// and throws where the disk does; one thread at a time. No mail hangs on it.
class Lessons {
public:
    virtual ~Lessons() = default;
    virtual void keep(std::span<const KeptFeatures> kept) = 0;
    /// What was kept of a mail, or what it taught before.
    virtual std::optional<std::string> kept(mail::MailId mail) = 0;

    /// One step of learning: all of it or nothing.
    struct Change {
        std::vector<Lesson> lessons = {}; ///< in this order
        std::vector<Voice> voices = {}; ///< each instead of what it said before of that mail
        std::optional<std::pair<std::string, double>> offset = {}; ///< a user's new one
        WallTime time{}; ///< of the offset
    };
    /// Survives the process; a power cut may take the last ones. The last lesson's number, or 0.
    virtual std::uint64_t record(const Change& change) = 0;
    /// The lesson of a mail that stands.
    virtual std::optional<Lesson> of(mail::MailId mail) = 0;
    /// The mails whose lessons of that kind were taken last, with full trust, and stand; the oldest
    /// first.
    virtual std::vector<mail::MailId> taught(Lesson::Kind kind, std::size_t most) = 0;
    /// What is said of a mail, the oldest first.
    virtual std::vector<Voice> voices(mail::MailId mail) = 0;
    /// Of how many mails somebody has said something since then.
    virtual std::size_t said(std::string_view who, WallTime since) = 0;
    /// Lessons with a higher number, in order, those that were taken back later and then that they
    /// were; but for what took back a lesson that is there no more.
    virtual void each_behind(std::uint64_t number, const std::function<void(Lesson)>& take) = 0;
    /// The highest number that was ever given; 0: none.
    virtual std::uint64_t last() = 0;
    virtual std::map<std::string, double, std::less<>> offsets() = 0;

    struct Sweep {
        WallTime before{}; ///< older lessons, voices and kept features go
        std::size_t most_kept = 0; ///< the newest kept features
        std::uint64_t saved = 0; ///< but no lesson with a higher number
        WallTime offsets_before{}; ///< offsets that did not move since then go
        std::size_t most_offsets = 0; ///< those that moved last
    };
    /// True: offsets went.
    virtual bool sweep(const Sweep& sweep) = 0;
};
}
