// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"

namespace app::commands {
std::vector<Command> backup_commands();
}
