// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/author.hpp"

#include <algorithm>

namespace filters::auth {
namespace {
constexpr std::size_t longest_from = 8192;

bool has_control(std::string_view value)
{
    return std::ranges::any_of(value, [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet == 0x7F || (octet < 0x20 && c != '\t' && c != '\r' && c != '\n');
    });
}
}

Author author_of(const mail::Header& header)
{
    const auto* field = header.find("From");
    if (!field)
        return {};
    if (header.count("From") > 1)
        return {.ambiguity = "several From fields"};
    if (field->value.size() > longest_from)
        return {.ambiguity = "a From longer than 8 KiB"};
    const auto list = mail::parse_address_list(field->value);
    Author author;
    for (const auto& entry : list.entries) {
        const auto& domain = entry.mailbox.domain();
        if (author.domain && *author.domain != domain)
            return {.ambiguity = "a From of several domains"};
        author.domain = domain;
    }
    if (author.domain && author.domain->is_literal())
        return {.ambiguity = "a From with an address literal"};
    if (has_control(field->value))
        author.ambiguity = "control characters in From";
    else if (list.malformed > 0 || list.is_truncated)
        author.ambiguity = "a From that is not of the form";
    return author;
}
}
