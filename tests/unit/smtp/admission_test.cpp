// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/admission.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

using smtp::Admission;

TEST_CASE("a client's place is given back once, however its session ended or failed to begin")
{
    test::GatewayUnderTest gateway{{}};
    const auto snapshot = gateway.context.snapshot();
    mail::Client client;
    client.ip = mail::Ip::parse("192.0.2.1").value();
    std::vector<Admission> places;
    while (auto admission = Admission::ask(snapshot, client))
        places.push_back(std::move(*admission));
    REQUIRE(places.size() == 50); // connections_per_source
    CHECK(Admission::ask(snapshot, client).error().code == 421);
    SECTION("when it goes")
    {
        places.pop_back();
        CHECK(Admission::ask(snapshot, client));
    }
    SECTION("not when it moves")
    {
        const Admission moved{std::move(places.back())};
        CHECK_FALSE(Admission::ask(snapshot, client));
    }
    SECTION("when what was to use it throws")
    {
        const auto begin = [](Admission) { throw std::runtime_error{"no socket"}; };
        CHECK_THROWS(begin(std::move(places.back())));
        CHECK(Admission::ask(snapshot, client));
    }
}
