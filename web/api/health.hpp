// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/clamd.hpp"
#include "gateway/smtp/conditions.hpp"
#include "gateway/smtp/next_hops.hpp"
#include "storage/store.hpp"
#include "web/api/json.hpp"
#include "web/api/site.hpp"

#include <optional>
#include <string>
#include <vector>

namespace web {
/// When a certificate ends, or why it cannot be used.
struct CertificateState {
    std::string object; ///< "listener mx", "web"
    std::string file;
    std::string subject = {};
    std::vector<std::string> names = {};
    std::optional<std::chrono::system_clock::time_point> ends = {};
    std::string problem = {};
};

/// What an administrator must know now. Gathered at one look for status, health and alerts.
struct Health {
    storage::Usage usage;
    std::vector<smtp::NextHopStatus> next_hops;
    std::vector<filters::ClamdState::Report> clamds;
    std::uint64_t disk_free = 0, disk_size = 0;
    std::vector<CertificateState> certificates;
    std::vector<smtp::Condition> conditions; ///< mail does not flow as it should

    void add(smtp::ConditionName name, std::string object = {}, std::string detail = {})
    {
        conditions.push_back({&name.kind, std::move(object), std::move(detail)});
    }
    std::optional<std::chrono::system_clock::time_point> first_certificate_end() const;
};
awaitable<Health> look_at_health(Site& site);

/// {"name", "object", "severity", "sentence": {"en", "ja"}, "advice": {"en", "ja"}} without its
/// end.
void write_condition(JsonWriter& json, const smtp::Condition& condition);
}
