// SPDX-License-Identifier: Apache-2.0
#include "web/api/row_acts.hpp"

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

TEST_CASE("what was held because somebody sends too much, or as another, is not theirs to release")
{
    storage::Row row;
    row.direction = mail::Direction::outbound;
    for (const auto* reason : {"habit.hold", "outgoing.excess(3)", "any: sender.foreign_from, x"}) {
        INFO(reason);
        row.reason = reason;
        CHECK(web::is_beyond_choice(row));
    }
    row.reason = "points ≥ 6";
    CHECK_FALSE(web::is_beyond_choice(row));
    row.direction = mail::Direction::inbound;
    row.reason = "habit.hold";
    CHECK_FALSE(web::is_beyond_choice(row));
    row.reason = "clamav.infected";
    CHECK(web::is_beyond_choice(row));
}
