// SPDX-License-Identifier: Apache-2.0
#include "web/api/outgoing_week.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using web::OutgoingWeek;

namespace {
const OutgoingWeek::Wall now{std::chrono::hours{480'000}};

storage::HistoryRow outgoing(std::string findings, mail::Action action = mail::Action::deliver,
                             std::chrono::hours ago = 1h)
{
    storage::HistoryRow row;
    row.time = now - ago;
    row.direction = mail::Direction::outbound;
    row.sender = "bob@a.test";
    row.recipient = "ann@far.test";
    row.client = "10.0.0.5";
    row.action = action;
    row.findings = std::move(findings);
    return row;
}
constexpr auto account = R"({"name":"auth.account","detail":"bob"})";

std::string facts(std::string_view more)
{
    return "[" + std::string{account} + "," + std::string{more} + "]";
}
}

TEST_CASE("each cause of a bad name is counted, by whose mail it was and whether it went out")
{
    struct Case {
        std::string_view fact, cause;
    };
    for (const auto& [fact, cause] : {
             Case{R"({"name":"forward.spam","detail":"eve@a.test"})", "O1"},
             Case{R"({"name":"sender.foreign_from","detail":"x@y.test"})", "O2"},
             Case{R"({"name":"habit.hold","detail":"bob","evidence":"strangers: 90"})", "O5"},
             Case{R"({"name":"habit.lock","detail":"bob","evidence":"burst: 90"})", "O11"},
             Case{R"({"name":"bounce.failed"})", "O6"},
             Case{R"({"name":"outgoing.excess"})", "O7"},
             Case{R"({"name":"limits.pictures"})", "O8"},
             Case{R"({"name":"intent.short_link"})", "O9"},
             Case{R"({"name":"outgoing.bad_link"})", "O9"},
             Case{R"({"name":"limits.hidden"})", "O10"},
             Case{R"({"name":"habit.slow","evidence":"hidden: 90 where 50 is the limit"})", "O10"},
             Case{R"({"name":"habit.would","evidence":"slow, copied: 90"})", "O10"},
             Case{R"({"name":"bounce.backscatter"})", "O15"},
         }) {
        OutgoingWeek week{now};
        week.take(outgoing(facts(fact)));
        week.take(outgoing(facts(fact), mail::Action::quarantine));
        CAPTURE(fact);
        REQUIRE(week.causes().size() == 1);
        const auto& [name, seen] = *week.causes().begin();
        CHECK(name == cause);
        CHECK(seen.seen == 2);
        CHECK(seen.stopped == 1);
        CHECK(seen.passed == 1);
        CHECK(seen.last == now - 1h);
        CHECK(seen.by == std::map<std::string, std::uint64_t>{{"bob", 2}});
    }
}

TEST_CASE("ordinary mail is no cause of anything")
{
    OutgoingWeek week{now};
    week.take(outgoing(facts(R"({"name":"forward.known","detail":"eve@a.test"},)"
                             R"({"name":"sender.foreign_from","detail":"x.test"})")));
    week.take(outgoing("not JSON at all"));
    CHECK(week.causes().empty());
    CHECK(week.mails() == 2);
}

TEST_CASE("what forwards is named in place of the account, points and repeats are causes, too")
{
    OutgoingWeek week{now};
    week.take(outgoing(facts(R"({"name":"forward.known","detail":"eve@a.test"},)"
                             R"({"name":"forward.spam","detail":"eve@a.test"})"),
                       mail::Action::quarantine));
    CHECK(week.causes().find("O1")->second.by.begin()->first == "eve@a.test");
    auto pointed = outgoing(facts(R"({"name":"rules.hit","detail":"X"})"), mail::Action::reject);
    pointed.step = "points";
    week.take(pointed);
    CHECK(week.causes().find("O7")->second.stopped == 1);
    auto repeated = outgoing("[]");
    repeated.delivery = "left already as 0123456789ABC";
    week.take(repeated);
    CHECK(week.causes().find("O3")->second.passed == 0);
}

TEST_CASE(
    "a destination's words about our name are kept with the newest, its other refusals are not")
{
    OutgoingWeek week{now};
    auto row = outgoing("[]", mail::Action::deliver, 5h);
    row.delivery = "retry: 451 4.7.1 Service unavailable; host listed in dnsbl, "
                   "see https://list.example/lookup?ip=192.0.2.1.";
    week.take(row);
    row.time = now - 9h;
    row.delivery = "retry: 451 4.7.1 poor reputation";
    week.take(row);
    row.recipient = "x@other.test";
    row.delivery = "refused: 550 5.1.1 user unknown";
    week.take(row);
    row.recipient = "x@ours.test";
    row.action = mail::Action::reject;
    row.delivery = "";
    row.reply = "550 5.7.1 we take it for spam";
    week.take(row);
    REQUIRE(week.refusals().size() == 1);
    const auto& [domain, one] = *week.refusals().begin();
    CHECK(domain == "far.test");
    CHECK(one.mails == 2);
    CHECK(one.blames == "list");
    CHECK(web::link_in(one.words) == "https://list.example/lookup?ip=192.0.2.1");
    CHECK(web::link_in("no link") == "");
}

TEST_CASE("who sent stands by day, the most suspicious first")
{
    OutgoingWeek week{now};
    for (int i = 0; i < 30; ++i)
        week.take(outgoing(R"([{"name":"auth.account","detail":"ann"}])"));
    week.take(
        outgoing(facts(R"({"name":"habit.hold","detail":"bob"})"), mail::Action::quarantine, 50h));
    const auto senders = week.senders(50);
    REQUIRE(senders.size() == 4);
    CHECK(senders[0].stopped == 1);
    const auto bob = std::ranges::find(senders, "bob", &OutgoingWeek::Sender::name);
    REQUIRE(bob != senders.end());
    CHECK(bob->mails == std::array<std::uint32_t, 7>{0, 0, 0, 0, 1, 0, 0});
    CHECK(senders.back().name == "ann");
    CHECK(senders.back().mails[6] == 30);
    CHECK(week.senders(1).size() == 1);
}

TEST_CASE("a bounce that leaves is named by the address of ours that it is about")
{
    OutgoingWeek week{now};
    auto row = outgoing(R"([{"name":"bounce.failed","detail":"gone@a.test"},)"
                        R"({"name":"bounce.backscatter","detail":"unproven"}])",
                        mail::Action::discard);
    row.sender.clear();
    week.take(row);
    CHECK(week.causes().at("O15").by.contains("gone@a.test"));
}

TEST_CASE("a bounce that comes back is named by the account, alias or list whose mail it was")
{
    OutgoingWeek week{now};
    auto row = outgoing(R"([{"name":"bounce.failed","detail":"gone@far.test"},)"
                        R"({"name":"bounce.returned","detail":"staff@a.test"}])");
    row.direction = mail::Direction::inbound;
    row.sender.clear();
    row.recipient = "staff-bounces+gone=far.test@a.test";
    week.take(row);
    CHECK(week.causes().at("O6").by == std::map<std::string, std::uint64_t>{{"staff@a.test", 1}});
}
