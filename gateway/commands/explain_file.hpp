// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"

#include <string>

namespace app::commands {
/// `explain PATH`: judges one message now and says why.
Exit explain_file(const Arguments& arguments, const std::string& path);
/// Options of `explain`, for an id and for a file.
std::vector<Option> explain_options();
/// --client, --helo, --from, --to, --direction: the envelope of a message on disk.
std::vector<Option> envelope_options();
}
