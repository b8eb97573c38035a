// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"

#include <string_view>

namespace filters {
/// A host's name looks as if a machine had made it for a line whose address comes and goes: it
/// spells the address, or says dsl, pool, dynamic. Names that say mail, mx or static do not.
/// `name` in lower case.
bool is_generic_name(std::string_view name, const mail::Ip& ip);
}
