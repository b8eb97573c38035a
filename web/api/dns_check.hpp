// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/context.hpp"
#include "web/api/json.hpp"

namespace web {
using net::awaitable;

/// What the DNS says of this host and of a domain whose mail is to come here: {"checks": [{"what",
/// "mark", "detail"}], "mx_line"}. what: resolver, hostname, reverse, mx.
awaitable<void> write_dns_check(JsonWriter& json, smtp::Context& context, mail::Domain domain);
/// Block lists that sites use, each with its terms and what a live test found:
/// {"lists": [{"zone", "name", "terms": {"en", "ja"}, "url", "mark", "detail"}]}.
awaitable<void> write_block_lists(JsonWriter& json, smtp::Context& context);
}
