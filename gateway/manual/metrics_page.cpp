// SPDX-License-Identifier: Apache-2.0
#include "gateway/manual/pages.hpp"
#include "gateway/manual/roff.hpp"
#include "web/api/metric_families.hpp"

#include <fmt/format.h>

namespace app::manual {
Page metrics_page()
{
    Roff roff{"mailweir-metrics", 7, "the numbers of a running Mailweir"};
    roff.section("Description")
        .text("Where `metrics.address` of `mailweir.yaml`(5) names an address, Mailweir shows its "
              "numbers there to anybody who can connect, so let it be one that only the "
              "monitoring reaches:")
        .item("/metrics", "All numbers below in the text format of Prometheus.")
        .item("/readyz",
              "200 when new mail is taken, 503 and the reason when not: it drains, or the "
              "store is stopped or full. Whether all is well, `mailweir health` says.")
        .item("/livez", "200 as long as the gate answers at all.")
        .text("Counters begin at zero with each start of the gate. A dashboard for Grafana and "
              "alert rules for Prometheus are in /usr/share/mailweir/monitoring.");
    roff.section("Numbers");
    for (const auto& family : web::metric_families) {
        std::string text = fmt::format("({}) {}", family.type, family.help);
        if (!family.label.empty())
            text += fmt::format(" Label: {}.", family.label);
        if (!family.where.empty())
            text += fmt::format(" There only where {}.", family.where);
        roff.item("mailweir_" + std::string{family.name}, text);
    }
    roff.section("See also").text("`mailweir-status`(1), `mailweir-health`(1), `mailweir-log`(5)");
    return {"mailweir-metrics", 7, roff.take()};
}
}
