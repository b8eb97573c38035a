// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/message.hpp"

#include <optional>
#include <string>

namespace app::commands {
/// The message of a file, or of stdin for "-", with CRLF line ends; complains on stderr.
std::optional<mail::Message> message_or_complain(const std::string& path);
}
