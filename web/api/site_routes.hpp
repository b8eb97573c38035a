// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/request.hpp"

namespace web {
awaitable<Response> get_domains(Site& site, Principal principal, Request request);
awaitable<Response> post_domain_test(Site& site, Principal principal, Request request);
awaitable<Response> get_layers(Site& site, Principal principal, Request request);
awaitable<Response> get_system(Site& site, Principal principal, Request request);
}
