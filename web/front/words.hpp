// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/front/visitor.hpp"

#include <string_view>

namespace front {
/// What the front's own pages say, in one language. Every language has every text, or it does not
/// compile.
struct Words {
    std::string_view other_language, other_code; ///< the link to the other language
    std::string_view sign_in, name, password, sign_in_wrong, sign_in_later, sign_in_expired,
        signed_out, sign_in_plain, session_failed;
    std::string_view nobody_yet, nobody_yet_link;
    std::string_view no_address, account_locked, directory_away, sign_in_busy;
    std::string_view sign_out, sign_out_question, back;
    std::string_view outside, outside_text;
    std::string_view not_found, not_found_text;
    std::string_view refused, foreign_text;
    std::string_view broken, broken_text;
    std::string_view crowded, crowded_text;
    std::string_view gate_away, gate_away_text, gate_slow_text, mail_goes_on, tries_again,
        try_again;
    std::string_view contact, telephone;
    std::string_view no_pages, no_pages_text, javascript;
};
const Words& words(Language language);
}
