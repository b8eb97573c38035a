// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/front/visitor.hpp"

#include <array>
#include <string_view>

namespace front {
/// What one kind of check is called, and what to do where it does not go well.
struct CheckWords {
    std::string_view what; ///< the gate's word for it
    std::string_view name, advice;
};

/// What the pages of the first run say, in one language.
struct SetupWords {
    std::string_view next, skip, save, test_again, steps, step_done, step_later, back;
    std::string_view account, account_text, name, password, password_again, passwords_differ, make;
    std::string_view link_void, link_void_text, set_up_already, set_up_already_text;
    std::string_view domain, domain_text, domain_name, next_hop, next_hop_hint, test;
    std::string_view takes_mail, takes_no_mail, takes_everyone, keep_anyway;
    std::string_view certificate, certificate_text, certificate_has, tls_on, tls_off;
    std::string_view certificate_pem, certificate_key, certificate_for, certificate_open,
        certificate_warned, certificate_moved;
    std::string_view dns, dns_text;
    std::string_view lists, lists_text, answers, refuses, silent, lists_everybody, terms;
    std::string_view preset, preset_text, observe, tag, quarantine, strict;
    std::string_view message, message_text, address, send, message_accepted, message_refused;
    std::string_view done, done_text, mx_text, to_pages;
    std::string_view locked_text, not_taken;
    std::array<CheckWords, 27> checks;
};
const SetupWords& setup_words(Language language);
const CheckWords& check_words(Language language, std::string_view what);
}
