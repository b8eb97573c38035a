// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/reach.hpp"
#include "web/api/request.hpp"

namespace web {
// Handlers of what leaves: the brake on accounts, who forwards outside, what others may hold
// against us.
awaitable<Response> get_accounts(Site& site, Principal principal, Request request);
awaitable<Response> post_account_action(Site& site, Principal principal, Request request);
awaitable<Response> get_dead_addresses(Site& site, Principal principal, Request request);
awaitable<Response> delete_dead_address(Site& site, Principal principal, Request request);
awaitable<Response> get_sender_pairs(Site& site, Principal principal, Request request);
awaitable<Response> post_sender_pair(Site& site, Principal principal, Request request);
awaitable<Response> delete_sender_pair(Site& site, Principal principal, Request request);
awaitable<Response> get_list_findings(Site& site, Principal principal, Request request);
awaitable<Response> get_dmarc_sums(Site& site, Principal principal, Request request);
awaitable<Response> get_tls_sums(Site& site, Principal principal, Request request);
awaitable<Response> get_abuse_reports(Site& site, Principal principal, Request request);
awaitable<Response> get_received_reports(Site& site, Principal principal, Request request);
awaitable<Response> get_forwarding(Site& site, Principal principal, Request request);
awaitable<Response> get_forwarding_export(Site& site, Principal principal, Request request);
awaitable<Response> get_domain_records(Site& site, Principal principal, Request request);
awaitable<Response> post_domain_records(Site& site, Principal principal, Request request);
awaitable<Response> post_domain_lists(Site& site, Principal principal, Request request);
awaitable<Response> get_hygiene(Site& site, Principal principal, Request request);

/// How much is careless about lists and aliases within reach, by list (features O4).
awaitable<std::map<std::string, std::uint64_t>> careless_lists_of(Site& site, storage::Reach reach);
}
