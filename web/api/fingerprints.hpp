// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/fingerprint_table.hpp"
#include "web/api/api.hpp"

namespace web {
/// Teaches the table of fingerprints what somebody says a mail is, by what is remembered of it.
/// nullopt: nothing is. False: nothing new. What the teacher said before to the contrary is taken
/// back.
awaitable<std::optional<bool>> teach_fingerprints(Site& site, mail::MailId mail, bool is_spam,
                                                  filters::Teacher teacher);
/// Takes back what the same said of it before. False: nothing was.
awaitable<bool> unteach_fingerprints(Site& site, mail::MailId mail, filters::Teacher teacher);
}
