// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/refusal.hpp"

namespace smtp {
mail::Reply with_reference(mail::Reply refusal, mail::MailId id, std::string_view contact)
{
    refusal.text.append(" (").append(id.to_string()).append(")");
    if (refusal.is_permanent() && !contact.empty())
        refusal.text.append(" ").append(contact);
    return refusal;
}
}
