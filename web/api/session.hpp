// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/json.hpp"
#include "web/api/request.hpp"
#include "web/api/sign_in.hpp"

namespace web {
/// The answer to whoever was not let in.
Response refused(const Refusal& refusal);
/// Who is signed in; with the token where one was just made (then 201).
Response signed_in(const Site& site, const storage::Account& account, const Principal& principal,
                   const std::string& token);
/// {"text": {"en", "ja"}, "url", "phone"}: the administrator's notice and contact.
void write_notice(JsonWriter& json, const Site& site);
/// {"tag": [least, most], "quarantine": […], "filter_off"}: how far own thresholds may go.
void write_bounds(JsonWriter& json, const Site& site);
}
