// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/site.hpp"

#include <string>

namespace web {
/// How the text of a stored message begins, read in the sandbox; "" where it has none, cannot be
/// read, or too many ask at once.
awaitable<std::string> beginning_of(Site& site, mail::MailId id);
}
