// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"
#include "gateway/net/ldap.hpp"
#include "gateway/smtp/settings.hpp"

namespace smtp {
/// A domain's filter for one recipient: {address}, {local} and {domain} replaced, escaped (RFC
/// 4515), each once.
std::string filter_for(std::string_view filter, const mail::Mailbox& recipient);

/// Asks a directory whether a recipient exists. No entry: unknown; a directory that cannot answer:
/// unavailable. The first usable value of the canonical attribute comes with the answer. Not
/// cached.
net::awaitable<filters::RecipientVerifier::Result>
ask_directory(net::LdapDirectories& directories, std::shared_ptr<const LdapRecipients> source,
              mail::Mailbox recipient);
}
