// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/settings.hpp"

namespace smtp {
/// What a verdict after the dot becomes by whom the client is and what the site has. Mail from
/// inside is not judged as spam (features I4); towards a listed forwarder or backup MX a stop is
/// never a 5xx, it would bounce (I2). Where nobody has a quarantine, only what must not reach
/// anybody is kept for administrators.
void adapt(mail::Verdict& verdict, const mail::Client& client, const Settings& settings,
           const ListenerSettings& listener);
}
