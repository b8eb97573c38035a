// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"

#include <expected>
#include <string>

namespace app::commands {
/// --password-file FILE, "-" for standard input: its first line. Otherwise the terminal is asked
/// twice, without showing what is typed. The error is one sentence. Never an argument of its own:
/// others see those.
std::expected<std::string, std::string> read_password(const Arguments& arguments);
Option password_option();
}
