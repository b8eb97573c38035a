// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/id.hpp"
#include "gateway/mail/reply.hpp"

#include <string_view>

namespace smtp {
/// A refusal with what a person needs who asks about it: the mail's id and, where it is final,
/// whom to ask (interface §3). An empty contact adds nothing.
mail::Reply with_reference(mail::Reply refusal, mail::MailId id, std::string_view contact);
}
