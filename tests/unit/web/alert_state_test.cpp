// SPDX-License-Identifier: Apache-2.0
#include "web/api/alert_state.hpp"

#include "web/api/alert_text.hpp"
#include "web/api/alerts.hpp"
#include "web/api/document.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>

using namespace std::chrono_literals;
using smtp::Condition;
using smtp::ConditionName;
using web::AlertState;
using web::Change;
using web::WallTime;

namespace {
Condition bad(ConditionName name, std::string object = {}, std::string detail = {})
{
    return {&name.kind, std::move(object), std::move(detail)};
}

/// A state that is looked at every ten seconds.
class Watch {
public:
    /// What was told while `conditions` held for `time`: "bad next_hop.down m1".
    std::string during(std::chrono::seconds time, const std::vector<Condition>& conditions)
    {
        std::string told;
        for (const auto end = now + time; now < end; now += 10s)
            for (const auto& change : state.step(conditions, now, settings))
                told += (told.empty() ? "" : ", ") + std::string{to_string(change.what)} + " "
                    + change.condition.key();
        return told;
    }
    web::AlertSettings settings; // 1 min, 5 min, 24 h
    AlertState state;
    WallTime now{1'800'000'000s};
};
}

TEST_CASE("what is bad is told once when it lasts, and once when it is well again")
{
    Watch watch;
    const std::vector down{bad("next_hop.down", "m1", "refused")};
    CHECK(watch.during(50s, down).empty());
    CHECK(watch.during(1h, down) == "bad next_hop.down m1");
    CHECK(watch.state.standing().size() == 1);
    CHECK(watch.during(4min, {}).empty());
    CHECK(watch.during(1h, {}) == "well next_hop.down m1");
    CHECK(watch.state.standing().empty());
}

TEST_CASE("what does not last is told to nobody")
{
    Watch watch;
    std::string told;
    for (int i = 0; i < 20; ++i) {
        told += watch.during(50s, {bad("dns.down")});
        told += watch.during(100s, {});
    }
    CHECK(told.empty());
}

TEST_CASE("what comes and goes is told ever more rarely")
{
    Watch watch;
    std::size_t told = 0;
    for (int i = 0; i < 12; ++i) // two hours
        for (const auto& text : {watch.during(4min, {bad("dns.down")}), watch.during(6min, {})})
            told += text.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(text, ','));
    CHECK(told >= 3);
    CHECK(told <= 5);
}

TEST_CASE("what stays bad is reminded of daily")
{
    Watch watch;
    CHECK(watch.during(std::chrono::hours{73}, {bad("disk.low")})
          == "bad disk.low, reminder disk.low, reminder disk.low, reminder disk.low");
}

TEST_CASE("two objects of one kind are two conditions; a notice is none")
{
    Watch watch;
    CHECK(watch.during(2min,
                       {bad("next_hop.down", "m1"), bad("next_hop.down", "m2"), bad("draining")})
          == "bad next_hop.down m1, bad next_hop.down m2");
}

TEST_CASE("a restart tells nothing twice, and not that all is well before it knows")
{
    Watch watch;
    watch.during(2min, {bad("next_hop.down", "m1", "refused")});
    const auto text = watch.state.text();
    Watch next;
    next.now = watch.now + 30min;
    next.state = AlertState::parse(text, next.now);
    CHECK(next.during(4min, {}).empty());
    CHECK(next.during(10min, {bad("next_hop.down", "m1")}).empty());
    REQUIRE(next.state.standing().size() == 1);
    CHECK(next.state.standing().front().condition.detail == "refused");
    CHECK(next.during(10min, {}) == "well next_hop.down m1");
}

TEST_CASE("a state on disk may be anything")
{
    for (const auto* text : {"", "{}", "[1]", "[{}]", R"([{"name":"no.such"}])",
                             R"([{"name":"dns.down","told":-1e300}])"})
        CHECK(AlertState::parse(text, {}).standing().size() <= 1);
}

TEST_CASE("looking again writes nothing")
{
    Watch watch;
    watch.during(2min, {bad("scan.behind", {}, "10 messages wait")});
    const auto text = watch.state.text();
    watch.during(2min, {bad("scan.behind", {}, "20 messages wait")});
    CHECK(watch.state.text() == text);
}

TEST_CASE("there is a bound to what is remembered")
{
    Watch watch;
    std::vector<Condition> many;
    for (std::size_t i = 0; i < 2 * AlertState::most; ++i)
        many.push_back(bad("next_hop.down", std::to_string(i)));
    watch.during(2min, many);
    CHECK(watch.state.standing().size() == AlertState::most);
}

TEST_CASE("the sentence of a condition has its object and detail as they are")
{
    const auto condition = bad("next_hop.down", "{detail}", "{object} {} 451");
    CHECK(condition.english() == "next hop {detail} is down: {object} {} 451");
    for (const auto& kind : smtp::condition_kinds()) {
        INFO(kind.name);
        CHECK_FALSE(kind.english.empty());
        CHECK_FALSE(kind.japanese.empty());
        CHECK_FALSE(kind.english_advice.empty());
        CHECK_FALSE(kind.japanese_advice.empty());
    }
}

TEST_CASE("an alert says what is bad, since when, what to do and what else is")
{
    web::Notice notice{"ID", WallTime{1'800'000'000s}, "mx.example.test", "https://mx", {}, {}};
    notice.changes.push_back(
        {Change::What::bad, bad("next_hop.down", "m1", "451 a\r\nBcc: x"), notice.time});
    notice.standing = notice.changes;
    notice.standing.push_back({Change::What::bad, bad("disk.low"), notice.time});
    const auto english = web::alert_mail(notice, false), japanese = web::alert_mail(notice, true);
    CHECK(english.subject == "[mx.example.test] BAD: next hop m1 is down: 451 a  Bcc: x");
    CHECK(english.text.contains("Bring that server back."));
    CHECK(english.text.contains("Besides, and told before:\n\nBAD: less than 5 %"));
    CHECK(japanese.subject.contains("異常: 転送先 m1 に届きません"));
    const auto json = web::parse_json(web::alert_json(notice));
    REQUIRE(json);
    REQUIRE(web::array_member(*json, "changes").size() == 1);
    CHECK(web::text_member(web::array_member(*json, "changes")[0], "state") == "bad");
    CHECK(web::array_member(*json, "standing").size() == 2);
}

TEST_CASE("an alert of very many is one mail of bounded length")
{
    web::Notice notice{"ID", {}, "mx.example.test", "https://mx", {}, {}};
    for (int i = 0; i < 400; ++i)
        notice.changes.push_back({Change::What::bad,
                                  bad("next_hop.down", std::to_string(i), std::string(5000, 'x')),
                                  WallTime{1s}});
    const auto mail = web::alert_mail(notice, true);
    CHECK(mail.text.size() < 32'000);
    CHECK(mail.text.contains("ほか 380 件"));
    CHECK(mail.subject.size() < 400);
}

TEST_CASE("the signature of a web-hook is HMAC-SHA256 of time and body")
{
    // echo -n '1767225600.{"a":1}' | openssl dgst -sha256 -hmac key
    CHECK(web::hook_signature("key", 1767225600, R"({"a":1})")
          == "t=1767225600,v1=80f7b75f8618b9b24d72673996a625f1a43f7387a26b6739d667431724fe4d23");
}

TEST_CASE("reports are due at their time of day, weekly ones on Mondays")
{
    ::setenv("TZ", "Asia/Tokyo", 1);
    ::tzset();
    web::AlertSettings settings;
    const WallTime thursday{1'767'225'600s}; // 2026-01-01 09:00 in Tokyo
    CHECK(web::next_report_after(thursday, settings) == WallTime{});
    settings.report = web::AlertSettings::Report::daily;
    CHECK(web::next_report_after(thursday, settings) == thursday + 22h);
    CHECK(web::next_report_after(thursday + 22h, settings) == thursday + 46h);
    settings.report = web::AlertSettings::Report::weekly;
    settings.at = 9h + 30min;
    CHECK(web::next_report_after(thursday, settings) == thursday + 4 * 24h + 30min);
    ::unsetenv("TZ");
    ::tzset();
}
