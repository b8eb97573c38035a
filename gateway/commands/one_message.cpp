// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/one_message.hpp"

#include "gateway/commands/message_files.hpp"

#include <cstdio>

namespace app::commands {
std::optional<mail::Message> message_or_complain(const std::string& path)
{
    auto files = MessageFiles::find({path});
    const auto raw = files ? files->next() : std::nullopt;
    if (!raw || !raw->problem.empty()) {
        std::fprintf(stderr, "mailweir: %s: cannot be read\n", path.c_str());
        return {};
    }
    return mail::Message::from_text(with_crlf(raw->text));
}
}
