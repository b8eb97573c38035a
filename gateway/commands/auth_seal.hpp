// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"

namespace app::commands {
/// `mailweir auth seal`: the three fields of one more ARC set; nothing where none may be added.
Exit seal(const Arguments& arguments);
std::vector<Option> seal_options();
}
