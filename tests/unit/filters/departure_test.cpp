// SPDX-License-Identifier: Apache-2.0
#include "filters/departure.hpp"

#include <catch2/catch.hpp>

using filters::Departure;
using filters::departure_in;

namespace {
storage::HistoryRow row(std::string recipient, std::string findings,
                        mail::Action action = mail::Action::deliver)
{
    storage::HistoryRow one;
    one.direction = mail::Direction::outbound;
    one.sender = "ann@far.example";
    one.recipient = std::move(recipient);
    one.findings = std::move(findings);
    one.action = action;
    return one;
}
constexpr auto forwarded = R"([{"name":"forward.known","detail":"office@b.example"}])";
constexpr auto listed = R"([{"name":"auth.account","detail":"bob"},)"
                        R"({"name":"forward.known","detail":"staff@b.example"},)"
                        R"({"name":"rosters.list","detail":"staff@b.example"}])";
}

TEST_CASE("departure: the row of the recipient says account, alias or list; else any that left")
{
    const std::vector rows{
        row("x@else.example", R"([{"name":"auth.account","detail":"eve"}])", mail::Action::reject),
        row("x@far.example", forwarded), row("y@far.example", listed)};
    const auto of = [&](std::string recipient, bool strict) {
        const std::vector one{std::move(recipient)};
        return departure_in(rows, one, strict);
    };
    CHECK(of("y@far.example", true) == Departure{.account = "bob", .list = "staff@b.example"});
    CHECK(of("y@far.example", true).who() == "staff@b.example");
    CHECK(of("x@far.example", true) == Departure{.alias = "office@b.example"});
    CHECK(of("x@else.example", true) == Departure{});
    CHECK(of("", false) == Departure{.alias = "office@b.example"});
    auto came_in = rows[1];
    came_in.direction = mail::Direction::inbound;
    CHECK(departure_in(std::vector{came_in}, {}, false) == Departure{});
}

TEST_CASE("departure: without a file a list is known by the address that it sends from")
{
    auto one = row("x@far.example", R"([{"name":"auth.account","detail":"l-bounces@b.example"}])");
    one.sender = "l-bounces@b.example";
    CHECK(departure_in(std::vector{one}, {}, false).list == "l@b.example");
}

TEST_CASE("departure: names of lists in the addresses that they use for themselves")
{
    struct Case {
        std::string_view address, name;
        bool is_of_list;
    };
    for (const auto& [text, name, is_of_list] :
         {Case{"staff-bounces+ann=far.example@b.example", "staff@b.example", true},
          Case{"owner-staff@b.example", "staff@b.example", true},
          Case{"staff-request@b.example", "staff@b.example", true},
          Case{"staff+ann=far.example@b.example", "staff@b.example", true},
          Case{"bob+news@b.example", "bob@b.example", false},
          Case{"-owner@b.example", "-owner@b.example", false},
          Case{"staff@b.example", "staff@b.example", false}}) {
        CAPTURE(text);
        const auto address = *mail::Mailbox::parse(text);
        CHECK(filters::list_name_in(address) == name);
        CHECK(filters::is_of_list(address) == is_of_list);
    }
}
