// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/request.hpp"

namespace web {
// Handlers of what the pages need beside the routes of the command line (routes.hpp).
awaitable<Response> get_job(Site& site, Principal principal, Request request);
awaitable<Response> get_quarantine_count(Site& site, Principal principal, Request request);
awaitable<Response> get_digest_action(Site& site, Principal principal, Request request);
awaitable<Response> post_digest_action(Site& site, Principal principal, Request request);
awaitable<Response> post_digests(Site& site, Principal principal, Request request);
awaitable<Response> get_quarantine_export(Site& site, Principal principal, Request request);
awaitable<Response> get_history_export(Site& site, Principal principal, Request request);
awaitable<Response> get_preview(Site& site, Principal principal, Request request);
awaitable<Response> get_preferences(Site& site, Principal principal, Request request);
awaitable<Response> put_preferences(Site& site, Principal principal, Request request);
awaitable<Response> get_own_sessions(Site& site, Principal principal, Request request);
awaitable<Response> delete_own_sessions(Site& site, Principal principal, Request request);
awaitable<Response> get_statistics(Site& site, Principal principal, Request request);
}
