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

namespace storage {
/// What the classifier was taught of one mail, or that this was taken back. Octets are the
/// classifier's own.
struct Lesson {
    enum class Kind { ham, spam, taken_back };
    std::uint64_t number = 0; ///< rising in the order of learning; given when it is recorded
    mail::MailId mail;
    WallTime time{};
    Kind kind = Kind::ham;
    bool is_trusted = true;
    std::string features = {}, step = {}; ///< of taken_back: those of what was taken back
};

/// What can still be taught of a mail.
struct KeptFeatures {
    mail::MailId mail;
    WallTime time{};
    std::string features;
};

/// lessons.db: lessons, features of recent mail, offsets of users. Every call blocks and throws
/// where the disk does; one thread at a time. No mail hangs on it.
class Lessons {
public:
    virtual ~Lessons() = default;
    virtual void keep(std::span<const KeptFeatures> kept) = 0;
    virtual std::optional<std::string> kept(mail::MailId mail) = 0;
    /// Survives the process; a power cut may take the last ones. `offset`: a user's new one,
    /// recorded with it or not at all.
    virtual std::uint64_t record(const Lesson& lesson,
                                 const std::optional<std::pair<std::string, double>>& offset = {})
        = 0;
    /// The lesson of a mail that stands.
    virtual std::optional<Lesson> of(mail::MailId mail) = 0;
    /// Those with a higher number, in order.
    virtual void each_behind(std::uint64_t number, const std::function<void(Lesson)>& take) = 0;
    virtual std::map<std::string, double, std::less<>> offsets() = 0;
    /// Drops what is older, and of kept features all but the newest `most`; but no lesson with a
    /// number over `saved`.
    virtual void sweep(WallTime before, std::size_t most, std::uint64_t saved) = 0;
};
}
