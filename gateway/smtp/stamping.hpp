// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/mail/stamp.hpp"

#include <string_view>

namespace smtp {
/// The lines one verdict adds and the fields it leaves out: Received, X-Mailweir-Verdict, X-Spam-*,
/// the tagged Subject; forged verdict fields go unless the client is a listed upstream. The same
/// for all recipients of equal verdict, score and tag (interface §3).
mail::Stamp make_stamp(const mail::Mail& mail, const mail::Verdict& verdict,
                       std::string_view tag_subject, std::string_view hostname);
}
