// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/request.hpp"

namespace web {
awaitable<Response> get_alerts(Site& site, Principal principal, Request request);
awaitable<Response> post_alerts_test(Site& site, Principal principal, Request request);
awaitable<Response> post_alerts_report(Site& site, Principal principal, Request request);
awaitable<Response> get_report(Site& site, Principal principal, Request request);
}
