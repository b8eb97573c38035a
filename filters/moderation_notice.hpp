// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"
#include "gateway/mail/header.hpp"

#include <optional>
#include <string>

namespace filters {
/// What software of lists tells the moderators of one.
struct ModerationNotice {
    std::string list; ///< its key
    std::optional<unsigned> waiting; ///< so many requests wait; else it is about one
};

/// By the subjects of Mailman, Majordomo, ezmlm and Sympa, and by an address that lists use for
/// themselves in the envelope, From, Sender or To. nullopt: it is no such notice.
std::optional<ModerationNotice> moderation_notice_in(const mail::ReversePath& sender,
                                                     const mail::Header& header);

/// The list whose notice this mail to that address answers: "staff-confirm+1a2b@…", or "confirm
/// 1a2b" to "staff-request@…"; "": it answers none.
std::string moderation_answer_in(const mail::Mailbox& recipient, const mail::Header& header);
}
