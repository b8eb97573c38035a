// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/fingerprint_table.hpp"
#include "web/api/api.hpp"

namespace web {
/// Teaches the table of fingerprints what somebody says a mail is, by what is remembered of it.
/// False: nothing is.
awaitable<bool> teach_fingerprints(Site& site, mail::MailId mail, bool is_spam,
                                   filters::Teacher teacher);
/// Takes back what the same said of it before. False: nothing was.
awaitable<bool> unteach_fingerprints(Site& site, mail::MailId mail, filters::Teacher teacher);
}
