// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/message_view.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// The addresses that a body offers to be answered, each once, in lower case, at most 40: those of
/// "mailto:" links in HTML, and of the text those that stand neither in "<…>" nor in a link, nor
/// are quoted ("ann@example.org wrote:").
std::vector<std::string> offered_addresses(const MessageView& view);

/// The mailbox of a role or a programme, not of one person: "postmaster", "bounce-123". `local` in
/// lower case, without "@".
bool is_role_mailbox(std::string_view local);

/// The envelope's sender is that of a list or of mail that nobody answers. In lower case.
bool is_bulk_sender(std::string_view envelope);
}
