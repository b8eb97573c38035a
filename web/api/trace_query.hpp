// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/id.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace web {
/// What a person pasted to have a message traced: an id, a bounce text, a Message-ID or raw header
/// fields.
struct TraceQuery {
    std::vector<mail::MailId> ids; ///< in order of appearance, each once, at most 20
    std::vector<std::string> message_ids; ///< "<a@b>", at most 20
};
/// Reads at most 1 MiB. An id is 13 characters that stand alone and whose time lies between 2020
/// and tomorrow.
TraceQuery parse_trace_query(std::string_view text, std::chrono::system_clock::time_point now);
}
