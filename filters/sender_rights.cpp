// SPDX-License-Identifier: Apache-2.0
#include "filters/sender_rights.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters {
namespace {
/// Takes the next word off the front; "" at the end of the line or before a comment.
std::string_view next_word(std::string_view& rest)
{
    constexpr std::string_view blanks = " \t\r";
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    if (rest.starts_with('#'))
        rest = {};
    const auto word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    return word;
}
}

/// Addresses are compared as addresses, other names without regard to case.
std::string SenderRights::key_of(std::string_view account)
{
    if (const auto address = mail::Mailbox::parse(account))
        return address->key();
    std::string key{account};
    std::ranges::transform(key, key.begin(), mail::to_lower);
    return key;
}

std::expected<void, std::string> SenderRights::add(std::string_view line)
{
    const auto account = next_word(line);
    if (account.empty())
        return {};
    Rights added;
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
        if (word == "*") {
            added.has_all = true;
        } else if (word.starts_with('@')) {
            const auto domain = mail::Domain::parse(word.substr(1));
            if (!domain)
                return std::unexpected{"no domain: " + std::string{word}};
            added.domains.push_back(domain->ascii());
        } else {
            const auto address = mail::Mailbox::parse(word);
            if (!address)
                return std::unexpected{"neither an address, a @domain nor *: " + std::string{word}};
            added.addresses.push_back(address->key());
        }
    }
    Rights& rights = rights_[key_of(account)];
    rights.has_all |= added.has_all;
    std::ranges::move(added.addresses, std::back_inserter(rights.addresses));
    std::ranges::move(added.domains, std::back_inserter(rights.domains));
    return {};
}

bool SenderRights::knows(std::string_view account) const
{
    return rights_.contains(key_of(account));
}

std::vector<std::string> SenderRights::addresses_of(std::string_view account) const
{
    const auto found = rights_.find(key_of(account));
    return found == rights_.end() ? std::vector<std::string>{} : found->second.addresses;
}

bool SenderRights::may_use(std::string_view account, const mail::Mailbox& address) const
{
    const auto found = rights_.find(key_of(account));
    if (found == rights_.end())
        return false;
    const Rights& rights = found->second;
    return rights.has_all
        || std::ranges::find(rights.addresses, address.key()) != rights.addresses.end()
        || std::ranges::find(rights.domains, address.domain().ascii()) != rights.domains.end();
}
}
