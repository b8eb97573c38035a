// SPDX-License-Identifier: Apache-2.0
#include "filters/trail.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::size_t most_names = 50;

/// What follows a word that stands alone, up to the next blank or ';'; "": it is not there.
std::string_view word_behind(std::string_view text, std::string_view word)
{
    const auto at = text.find(word);
    if (at == text.npos)
        return {};
    text.remove_prefix(at + word.size());
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text.substr(0, text.find_first_of(" \t\r\n;"));
}

void add_address(Trail& trail, std::string_view text)
{
    if (text.starts_with('<') && text.ends_with('>'))
        text = text.substr(1, text.size() - 2);
    if (trail.recipients.size() >= most_names)
        return;
    if (const auto address = mail::Mailbox::parse(text))
        trail.recipients.push_back(address->key());
}
}

Trail trail_of(const mail::Header& header)
{
    Trail trail;
    for (const auto& field : header.fields()) {
        if (field.is("Received")) {
            const auto value = mail::unfold(field.value);
            add_address(trail, word_behind(value, " for "));
            if (trail.ids.size() < most_names)
                if (const auto id = mail::MailId::parse(word_behind(value, " id ")))
                    trail.ids.push_back(*id);
        } else if (field.is("Delivered-To") || field.is("X-Original-To")
                   || field.is("X-Forwarded-For") || field.is("Resent-From")) {
            trail.is_handed_on = true;
            add_address(trail, mail::unfold(field.value));
        }
    }
    return trail;
}
}
