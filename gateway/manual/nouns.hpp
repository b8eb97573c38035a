// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace app::manual {
/// What the manual says of a noun of the command line, beside its table of verbs and options.
struct Noun {
    std::string_view name;
    std::string_view summary; ///< of the NAME section
    std::string_view description; ///< paragraphs parted by empty lines; `code`
    std::string_view examples = {}; ///< a line each
};

/// nullptr: nothing was written of it yet; its page has its verbs alone.
const Noun* find_noun(std::string_view name);
}
