// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/ldap_recipients.hpp"

#include <array>

namespace smtp {
namespace {
using Answer = filters::RecipientVerifier::Answer;
using Result = filters::RecipientVerifier::Result;

/// Active Directory writes addresses as "smtp:bob@example.jp", the primary one as "SMTP:…".
std::optional<mail::Mailbox> canonical_of(const net::LdapEntry& entry)
{
    for (const auto& [attribute, value] : entry.values) {
        const bool has_type = value.starts_with("SMTP:");
        if (auto address = mail::Mailbox::parse(std::string_view{value}.substr(has_type ? 5 : 0)))
            return *address;
    }
    return std::nullopt;
}
}

std::string filter_for(std::string_view filter, const mail::Mailbox& recipient)
{
    const auto& domain = recipient.domain().ascii();
    const std::array<std::pair<std::string_view, std::string>, 3> values{
        {{"{address}", net::ldap_escaped(recipient.local() + "@" + domain)},
         {"{local}", net::ldap_escaped(recipient.local())},
         {"{domain}", net::ldap_escaped(domain)}}};
    std::string out;
    while (!filter.empty()) {
        const auto* const value = std::ranges::find_if(
            values, [&](const auto& each) { return filter.starts_with(each.first); });
        const bool is_value = value != values.end();
        out += is_value ? std::string_view{value->second} : filter.substr(0, 1);
        filter.remove_prefix(is_value ? value->first.size() : 1);
    }
    return out;
}

net::awaitable<Result> ask_directory(net::LdapDirectories& directories,
                                     std::shared_ptr<const LdapRecipients> source,
                                     mail::Mailbox recipient)
{
    net::LdapQuery query{.base = source->base, .filter = filter_for(source->filter, recipient)};
    if (!source->canonical.empty())
        query.attributes.push_back(source->canonical);
    const auto found = co_await directories.search(source->directory, std::move(query));
    if (!found)
        co_return Result{Answer::unavailable, found.error()};
    if (found->empty())
        co_return Result{Answer::unknown, "not in the directory"};
    Result known{Answer::known, {}};
    if (found->size() == 1) // of several people none is the one
        known.canonical = canonical_of(found->front());
    co_return known;
}
}
