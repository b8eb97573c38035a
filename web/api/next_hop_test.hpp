// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/settings.hpp"
#include "web/api/json.hpp"

#include <string>
#include <vector>

namespace web {
using net::awaitable;

/// What a live test of an internal server found, step by step.
struct NextHopReport {
    enum class Mark { good, warning, bad };
    struct Step {
        std::string_view
            what; ///< "address", "connection", "greeting", "tls", "unknown", "postmaster"
        Mark mark = Mark::good;
        std::string detail; ///< what the server said, or why it failed
    };
    std::vector<Step> steps;
    bool takes_mail = false; ///< greeted, and does not refuse postmaster like everybody
    bool takes_everyone = false; ///< a recipient that cannot exist was accepted
};
/// Connects as delivery would, and asks for a recipient that nobody has and for postmaster; no
/// message is sent. Ends within half a minute.
awaitable<NextHopReport> test_next_hop(smtp::Context& context, smtp::NextHop server,
                                       mail::Domain domain);
void write_report(JsonWriter& json, const NextHopReport& report);
}
