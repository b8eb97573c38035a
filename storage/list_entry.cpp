// SPDX-License-Identifier: Apache-2.0
#include "storage/lists.hpp"

namespace storage {
namespace {
bool has_one_label(const mail::Domain& domain)
{
    return domain.ascii().find('.') == std::string::npos;
}

std::expected<ListEntry, mail::Problem> domain_entry(std::string_view text)
{
    const auto domain = mail::Domain::parse(text);
    if (!domain)
        return std::unexpected{domain.error()};
    if (domain->is_literal())
        return std::unexpected{mail::Problem{"an address of a host stands without brackets"}};
    ListEntry entry;
    entry.kind = has_one_label(*domain) ? ListEntry::Kind::part : ListEntry::Kind::domain;
    entry.text = domain->ascii();
    return entry;
}

std::string_view trimmed(std::string_view text)
{
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos)
        return {};
    return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}
}

std::expected<ListEntry, mail::Problem> parse_list_entry(std::string_view written)
{
    auto text = trimmed(written);
    if (text.empty())
        return std::unexpected{mail::Problem{"an entry is an address, a domain or a network"}};
    ListEntry entry;
    if (const auto network = mail::Network::parse(text)) {
        entry.kind = ListEntry::Kind::network;
        entry.text = network->to_string();
        return entry;
    }
    if (text.find('/') != std::string_view::npos && text.find('@') == std::string_view::npos)
        return std::unexpected{mail::Problem{"a network is written as ADDRESS/PREFIX"}};
    // "@b.example", "*@b.example", "*.b.example" and ".b.example" are common ways to say
    // b.example.
    for (const std::string_view prefix : {"*@", "@", "*.", "."}) {
        if (text.starts_with(prefix))
            return domain_entry(text.substr(prefix.size()));
    }
    if (text.find('@') == std::string_view::npos)
        return domain_entry(text);
    const auto mailbox = mail::Mailbox::parse(text);
    if (!mailbox)
        return std::unexpected{mailbox.error()};
    entry.text = mailbox->key();
    return entry;
}
}
