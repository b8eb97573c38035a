// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/rule_counters.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

namespace web {
awaitable<Response> get_rules(Site& site, Principal, Request)
{
    const auto table = filters::RuleCounters::of(*site.context->services)->table();
    JsonWriter json;
    json.begin_object().member("messages", table.messages).member("measured", table.measured);
    json.key("tests").begin_array();
    for (const auto& row : table.rows) {
        json.begin_object().member("name", row.name).member("hits", row.hits);
        json.member("gave_up", row.gave_up).member("runs", row.runs);
        json.member("nanoseconds", row.nanoseconds).end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}
}
