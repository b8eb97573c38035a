// SPDX-License-Identifier: Apache-2.0
#include "web/api/rows.hpp"

#include <catch2/catch.hpp>

TEST_CASE("the helpdesk sees which facts there were, but no words of bodies")
{
    storage::HistoryRow row;
    row.findings = R"([{"name":"classifier.spam","detail":"0.99","evidence":"casino +3.1"}])";
    for (const auto role : {storage::Role::user, storage::Role::helpdesk,
                            storage::Role::domain_administrator, storage::Role::administrator}) {
        web::Principal principal;
        principal.role = role;
        const auto rows = web::as_seen_by(principal, {row});
        REQUIRE(rows.size() == 1);
        CHECK(rows[0].findings.contains("classifier.spam"));
        CHECK(rows[0].findings.contains("casino") == (role != storage::Role::helpdesk));
    }
}
