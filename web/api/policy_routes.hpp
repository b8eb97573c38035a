// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/complaint.hpp"
#include "web/api/json.hpp"
#include "web/api/request.hpp"

namespace web {
// Handlers about the policy document and about rules, beside those in routes.hpp.
awaitable<Response> post_policy_check(Site& site, Principal principal, Request request);
awaitable<Response> post_policy_diff(Site& site, Principal principal, Request request);
awaitable<Response> post_policy_apply(Site& site, Principal principal, Request request);
awaitable<Response> post_policy_rollback(Site& site, Principal principal, Request request);
awaitable<Response> post_policy_simulation(Site& site, Principal principal, Request request);
awaitable<Response> get_policy_revisions(Site& site, Principal principal, Request request);
awaitable<Response> get_policy_revision(Site& site, Principal principal, Request request);
awaitable<Response> post_rule_trial(Site& site, Principal principal, Request request);
awaitable<Response> delete_job(Site& site, Principal principal, Request request);

/// A member "complaints": each with line, column, text, source_line and hint.
void write_complaints(JsonWriter& json, const filters::Complaints& complaints);
/// RFC 9457 problem details with those.
Response complaining(std::string_view title, const filters::Complaints& complaints);
}
