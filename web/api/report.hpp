// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/conditions.hpp"
#include "storage/statistics.hpp"
#include "web/api/alert_text.hpp"
#include "web/api/site.hpp"

#include <array>
#include <string>
#include <vector>

namespace web {
inline constexpr std::chrono::seconds day{24 * 3600}, week{7 * 24 * 3600};

/// What a period was like, beside the one before it.
struct Report {
    using Actions = std::array<std::uint64_t, 6>; ///< recipients by mail::Action
    struct Line {
        std::string name;
        std::uint64_t number = 0, before = 0;
    };
    std::string hostname, web_url;
    WallTime since{}, until{};
    Actions actions{}, actions_before{};
    std::vector<Line> layers, reasons, sources, sender_domains; ///< the largest first
    storage::Usage usage;
    std::vector<std::string> feeds; ///< "name: version 3" or its problem
    std::vector<smtp::Condition> conditions; ///< what is bad at the end
};
awaitable<Report> gather_report(Site& site, std::chrono::seconds length);

/// As a mail: text, and the same as plain HTML.
MailText report_mail(const Report& report, bool is_japanese);
}
