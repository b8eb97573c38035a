// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/request.hpp"

#include <span>
#include <string>
#include <string_view>

namespace web {
/// Answers one route. Parameters by value: the coroutine outlives its caller's frame.
using Handler = awaitable<Response> (*)(Site& site, Principal principal, Request request);

/// Who may use a route. What is not said is for administrators alone.
struct Need {
    Roles roles = only(Role::administrator);
    Scope scope = Scope::admin;
    bool is_open = false; ///< for those who have not signed in, too
};

struct Route {
    std::string_view method, pattern; ///< "/api/v1/messages/{id}/content"
    Handler handler = nullptr;
    std::string_view summary;
    // For the OpenAPI document: query parameters, and the names of shapes (openapi.cpp).
    std::string_view parameters = {}; ///< "recipient limit:integer"
    std::string_view body = {}, answer = {};
    Need need = {};
};
std::span<const Route> routes();

/// The route of a request, with the captures it made; or why there is none: 404, 405 (then `allow`
/// names the methods that would do).
struct Match {
    const Route* route = nullptr;
    unsigned status = 404;
    std::string allow;
    std::vector<std::string> captures;
};
Match match_route(std::span<const Route> table, std::string_view method, std::string_view path);

// One handler a route; each file of this folder holds those of one noun.
awaitable<Response> get_status(Site& site, Principal principal, Request request);
awaitable<Response> get_health(Site& site, Principal principal, Request request);
awaitable<Response> get_queue(Site& site, Principal principal, Request request);
awaitable<Response> get_quarantine(Site& site, Principal principal, Request request);
awaitable<Response> post_queue_action(Site& site, Principal principal, Request request);
awaitable<Response> post_quarantine_action(Site& site, Principal principal, Request request);
awaitable<Response> get_message(Site& site, Principal principal, Request request);
awaitable<Response> get_content(Site& site, Principal principal, Request request);
awaitable<Response> get_explanation(Site& site, Principal principal, Request request);
awaitable<Response> get_history(Site& site, Principal principal, Request request);
awaitable<Response> get_trace(Site& site, Principal principal, Request request);
awaitable<Response> get_lists(Site& site, Principal principal, Request request);
awaitable<Response> post_list_entry(Site& site, Principal principal, Request request);
awaitable<Response> delete_list_entry(Site& site, Principal principal, Request request);
awaitable<Response> get_list_test(Site& site, Principal principal, Request request);
awaitable<Response> get_list_preview(Site& site, Principal principal, Request request);
awaitable<Response> post_list_import(Site& site, Principal principal, Request request);
awaitable<Response> get_reputation(Site& site, Principal principal, Request request);
awaitable<Response> delete_reputation(Site& site, Principal principal, Request request);
awaitable<Response> get_lessons(Site& site, Principal principal, Request request);
awaitable<Response> post_lesson(Site& site, Principal principal, Request request);
awaitable<Response> delete_lesson(Site& site, Principal principal, Request request);
awaitable<Response> get_rules(Site& site, Principal principal, Request request);
awaitable<Response> get_fingerprints(Site& site, Principal principal, Request request);
awaitable<Response> get_fingerprints_export(Site& site, Principal principal, Request request);
awaitable<Response> post_fingerprints_import(Site& site, Principal principal, Request request);
awaitable<Response> get_policy(Site& site, Principal principal, Request request);
awaitable<Response> post_reload(Site& site, Principal principal, Request request);
awaitable<Response> get_update(Site& site, Principal principal, Request request);
awaitable<Response> post_update(Site& site, Principal principal, Request request);
awaitable<Response> post_update_rollback(Site& site, Principal principal, Request request);
awaitable<Response> get_audit(Site& site, Principal principal, Request request);
awaitable<Response> get_site(Site& site, Principal principal, Request request);
awaitable<Response> post_session(Site& site, Principal principal, Request request);
awaitable<Response> get_session(Site& site, Principal principal, Request request);
awaitable<Response> delete_session(Site& site, Principal principal, Request request);
awaitable<Response> post_session_password(Site& site, Principal principal, Request request);
awaitable<Response> post_setup_link(Site& site, Principal principal, Request request);
awaitable<Response> get_setup(Site& site, Principal principal, Request request);
awaitable<Response> post_setup(Site& site, Principal principal, Request request);
awaitable<Response> get_users(Site& site, Principal principal, Request request);
awaitable<Response> get_user(Site& site, Principal principal, Request request);
awaitable<Response> post_user(Site& site, Principal principal, Request request);
awaitable<Response> patch_user(Site& site, Principal principal, Request request);
awaitable<Response> delete_user(Site& site, Principal principal, Request request);
awaitable<Response> delete_user_sessions(Site& site, Principal principal, Request request);
awaitable<Response> get_user_tokens(Site& site, Principal principal, Request request);
awaitable<Response> post_user_token(Site& site, Principal principal, Request request);
awaitable<Response> delete_user_token(Site& site, Principal principal, Request request);
awaitable<Response> get_settings(Site& site, Principal principal, Request request);
awaitable<Response> patch_settings(Site& site, Principal principal, Request request);
awaitable<Response> post_next_hop_test(Site& site, Principal principal, Request request);
awaitable<Response> get_dns_check(Site& site, Principal principal, Request request);
awaitable<Response> get_block_lists(Site& site, Principal principal, Request request);
awaitable<Response> post_test_message(Site& site, Principal principal, Request request);
awaitable<Response> get_openapi(Site& site, Principal principal, Request request);
}
