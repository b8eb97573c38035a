// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/mail/stamp.hpp"

#include <string>
#include <string_view>

namespace smtp {
/// The lines one verdict adds and the fields it leaves out: Authentication-Results where a layer
/// found some, Received, X-Mailweir-Verdict, X-Spam-*, the tagged Subject. Forged verdict fields go
/// unless the client is a listed upstream, Authentication-Results in the name of `hostname` always
/// (RFC 8601 §5). So does `account_field`, in which servers of ours name who sends: a server behind
/// us that forwards the mail would pass on what a stranger wrote there, and be believed. The same
/// for all recipients of equal verdict, score and tag (interface §3).
mail::Stamp make_stamp(const mail::Mail& mail, const mail::Verdict& verdict,
                       std::string_view tag_subject, std::string_view hostname,
                       std::string_view account_field = {});

/// A delivered message as it was received, where it bears our stamp: without that, what hosts
/// behind us put before it, and the tag of its subject, which is decoded then. With CRLF line ends.
std::string as_received(std::string text, const filters::PolicySet& policies);
}
