// SPDX-License-Identifier: Apache-2.0
// Domains, mailboxes and paths: what a parser accepts has one spelling, and that spelling is
// accepted.
#include "gateway/mail/address.hpp"
#include "gateway/mail/ip.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>

namespace {
bool is_safe_on_the_wire(std::string_view text)
{
    return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; });
}

void check_domain(std::string_view text)
{
    const auto domain = mail::Domain::parse(text);
    if (!domain)
        return;
    require(mail::Domain::parse(domain->ascii()) == domain);
    require(domain->ascii().size() <= 253 && !domain->ascii().contains('@'));
    require(std::ranges::all_of(domain->ascii(), [](char c) { return c > ' ' && c <= '~'; }));
    require(domain->is_within(*domain));
}

void check_mailbox(std::string_view text)
{
    const auto mailbox = mail::Mailbox::parse(text);
    if (!mailbox)
        return;
    const std::string written = mailbox->to_string();
    require(mail::Mailbox::parse(written) == mailbox);
    require(written.size() <= 254 && is_safe_on_the_wire(written) && !mailbox->local().empty());
    const std::string key = mailbox->key();
    require(key.ends_with('@' + mailbox->domain().ascii()));
    const std::string argument = '<' + written + "> X=1";
    for (const auto use : {mail::PathUse::sender, mail::PathUse::recipient}) {
        const auto path = mail::parse_path(argument, use);
        const bool is_allowed = use == mail::PathUse::sender
            || (!mailbox->has_trick() && mailbox->local().size() <= 64);
        require(path.has_value() == is_allowed);
        require(!path || (path->path == *mailbox && path->rest == "X=1"));
    }
}

void check_path(std::string_view text)
{
    const auto path = mail::parse_path(text, mail::PathUse::sender);
    if (!path)
        return;
    require(text.ends_with(path->rest));
    require(!path->is_postmaster || !path->path);
    if (path->path)
        check_mailbox(path->path->to_string());
}

void check_ip(std::string_view text)
{
    if (const auto ip = mail::Ip::parse(text))
        require(mail::Ip::parse(ip->to_string()) == ip);
    if (const auto network = mail::Network::parse(text)) {
        require(mail::Network::parse(network->to_string()) == network);
        require(network->contains(network->first()));
    }
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_domain(text);
    check_mailbox(text);
    check_path(text);
    check_ip(text);
    return 0;
}
