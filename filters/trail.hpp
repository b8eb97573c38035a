// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <string>
#include <vector>

namespace filters {
/// Under which id we took it before, and for whom others did, as its fields say. Whoever writes
/// them can only make more of a mail a forward.
struct Trail {
    std::vector<mail::MailId> ids;
    std::vector<std::string> recipients; ///< keys
    bool is_handed_on = false; ///< it says that it was in a mailbox, or was sent again
};

/// At most 50 of each.
Trail trail_of(const mail::Header& header);
}
