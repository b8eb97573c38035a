// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/own_mail.hpp"
#include "storage/accounts.hpp"
#include "web/api/digest_schedule.hpp"
#include "web/api/digest_token.hpp"
#include "web/api/site.hpp"

#include <optional>
#include <string>
#include <vector>

namespace web {
/// One digest, sent or to be sent.
struct DigestOutcome {
    std::string address, language;
    std::size_t messages = 0;
    bool is_sent = false;
    std::string problem; ///< why it was not, though it should have been
};

/// Tells people of mail that is held for them. Each message stands in one digest: what was told is
/// noted when the mail with it is in our own queue, and a mail that a crash left without its note
/// is found there, so that nothing is told twice or never. On one loop.
class Digests {
public:
    Digests(Site& site, DigestKey key) : site_{site}, key_{std::move(key)} { }
    const DigestKey& key() const { return key_; }
    /// People have a quarantine, and there are pages for links to lead to.
    bool is_offered() const;

    /// Sends what is due; to be called once a minute. Throws storage::Unavailable: the next call
    /// tries again.
    awaitable<void> tick();

    struct Order {
        std::vector<std::string> addresses; ///< empty: of all who want digests
        bool is_rehearsal = false; ///< only says what would be sent
    };
    /// Sends now, whatever the hour. nullopt: others are being sent.
    awaitable<std::optional<std::vector<DigestOutcome>>> send(Order order);

private:
    struct Turn;
    awaitable<void> send_all(Turn& turn);
    awaitable<void> send_to(std::vector<std::string> addresses, Turn& turn);
    awaitable<void> send_one(storage::DigestReader reader, Turn& turn);
    awaitable<std::vector<storage::Row>> untold(storage::DigestReader reader,
                                                storage::WallTime until) const;
    /// Sent by a process that ended before it could note it.
    awaitable<bool> was_sent(storage::DigestReader reader);
    smtp::OwnMail mail_of(const storage::DigestReader& reader, const mail::Mailbox& to,
                          std::vector<storage::Row> rows, const Turn& turn) const;

    Site& site_;
    const DigestKey key_;
    std::shared_ptr<bool> is_busy_ = std::make_shared<bool>(false);
    storage::WallTime done_for_{};
};

/// What the reader of a digest may do with a row: "deliver", "allow", "block", "delete".
std::vector<std::string_view> digest_actions(const storage::Row& row);
}
