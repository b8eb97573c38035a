// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/json.hpp"
#include "web/api/request.hpp"

#include <chrono>

namespace web {
/// The member "sending": the hardest brake on an account that signs in so or sends from its
/// addresses; null where there is none.
void write_sending(JsonWriter& json, const storage::Account& account,
                   std::chrono::system_clock::time_point now);

/// Tells the administrator's program that a login is to be disabled, signed as alerts are
/// (`alerts.hook`). "" or why it was not taken.
awaitable<std::string> ask_to_disable(Site& site, Principal principal, std::string account);
}
