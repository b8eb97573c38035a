// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"
#include "gateway/mail/header.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

namespace filters {
/// Keys of all that readers see in these fields, each once.
inline std::set<std::string> named_in(const mail::Header& header,
                                      std::initializer_list<std::string_view> names)
{
    std::set<std::string> keys;
    for (const auto& field : header.fields())
        if (std::ranges::any_of(names, [&](std::string_view name) { return field.is(name); }))
            for (const auto& entry : mail::parse_address_list(field.value).entries)
                keys.insert(entry.mailbox.key());
    return keys;
}
}
