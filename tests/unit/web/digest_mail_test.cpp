// SPDX-License-Identifier: Apache-2.0
#include "web/api/digest_mail.hpp"
#include "web/api/digest_schedule.hpp"
#include "web/api/digest_token.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>

using namespace std::chrono_literals;
using web::DigestSchedule;

namespace {
using Time = std::chrono::system_clock::time_point;

web::Digest digest(web::DigestLine line, bool is_japanese = false)
{
    line.token = "TOKEN";
    line.received = "2026-11-21 14:03";
    return {.to = mail::Mailbox::parse("bob@a.test").value(),
            .from = mail::Mailbox::parse("postmaster@a.test").value(),
            .is_japanese = is_japanese,
            .lines = {std::move(line)},
            .url = "https://pages.test"};
}

Time moment(int day, int hour, int minute)
{
    std::tm fields{};
    fields.tm_year = 126;
    fields.tm_mon = 10;
    fields.tm_mday = day; // 2026-11-16 is a Monday
    fields.tm_hour = hour;
    fields.tm_min = minute;
    fields.tm_isdst = -1;
    return std::chrono::system_clock::from_time_t(std::mktime(&fields));
}
}

TEST_CASE("a schedule of digests is days and an hour")
{
    using Schedule = std::optional<DigestSchedule>;
    const auto [text, schedule] = GENERATE(table<std::string, Schedule>({
        {"off", DigestSchedule{}},
        {"daily 7", DigestSchedule{127, 7}},
        {"mon-fri 16", DigestSchedule{31, 16}},
        {"sat-mon 0", DigestSchedule{97, 0}},
        {"mon,thu 23", DigestSchedule{9, 23}},
        {"", Schedule{}},
        {"daily", Schedule{}},
        {"daily 24", Schedule{}},
        {"mon- 7", Schedule{}},
        {"someday 7", Schedule{}},
        {" 7", Schedule{}},
    }));
    INFO(text);
    CHECK(web::parse_digest_schedule(text) == schedule);
}

TEST_CASE("the latest moment of a schedule is by the gateway's clock")
{
    const DigestSchedule working{31, 7};
    CHECK(web::last_moment(working, moment(18, 7, 0)) == moment(18, 7, 0));
    CHECK(web::last_moment(working, moment(18, 6, 59)) == moment(17, 7, 0));
    CHECK(web::last_moment(working, moment(22, 12, 0)) == moment(20, 7, 0));
    CHECK(web::last_moment(working, moment(16, 6, 0)) == moment(13, 7, 0));
    CHECK(web::last_moment({1, 7}, moment(16, 6, 0)) == moment(9, 7, 0));
    CHECK(!web::last_moment({}, moment(18, 7, 0)));
}

TEST_CASE("a link's token says what it is for, and nobody else can make one")
{
    const web::DigestKey key{std::string(32, 'k')}, other{std::string(32, 'l')};
    const Time now = moment(18, 7, 0);
    const web::DigestClaim claim{
        {mail::MailId{0x123456789ABCDEF}, 3}, "bob@a.test", now + std::chrono::hours{24}};
    const auto token = key.token(claim);
    CHECK(key.read(token, now) == claim);
    CHECK(!key.read(token, now + 24h));
    CHECK(!other.read(token, now));
    CHECK(!key.read("", now));
    CHECK(!key.read(token + "A", now));
    CHECK(!key.read(token.substr(0, token.size() - 1), now));
    CHECK(!key.read(std::string(100'000, 'A'), now));
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        INFO(i);
        CHECK(!key.read(changed, now));
    }
    CHECK(key.once("bob@a.test", now, 3s) != key.once("bob@a.test", now + 1ns, 3s));
    CHECK(key.once("bob@a.test", now, 3s) != key.once("bob@a.test", now, 60s));
    CHECK(key.once("bob@a.test", now, 3s) != key.once("eve@a.test", now, 3s));
}

TEST_CASE("a digest has its links, and nothing of a stranger in its header")
{
    const auto own = web::compose_digest(
        digest({.from = "Ann <ann@c.test>", .subject = "[S_P_A_M] Lunch", .score = 6.25}));
    CHECK(own.subject == "1 message is held for bob@a.test");
    CHECK(own.from->to_string() == "postmaster@a.test");
    CHECK(own.headers.front() == "List-Unsubscribe: <https://pages.test/preferences>");
    CHECK(own.text.contains("1. [S_P_A_M] Lunch\n   From: Ann <ann@c.test>\n"));
    CHECK(own.text.contains("   Deliver: https://pages.test/digest?d=TOKEN&a=deliver\n"));
    CHECK(own.text.contains("   Always allow: https://pages.test/digest?d=TOKEN&a=allow\n"));
    CHECK(own.text.contains("   Block: https://pages.test/digest?d=TOKEN&a=block\n"));
    CHECK(own.text.contains("   Details: https://pages.test/digest?d=TOKEN\n"));
    CHECK(own.html.contains("<a href=\"https://pages.test/digest?d=TOKEN&amp;a=deliver\">"));
    const auto mail = smtp::compose_own(own, "mx.test", mail::MailId{7}, moment(18, 7, 0));
    CHECK(mail.message.header_block().find("S_P_A_M") == std::string_view::npos);
    CHECK(mail.message.header_block().find("Auto-Submitted: auto-generated")
          != std::string_view::npos);
    CHECK(mail.sender->to_string() == "postmaster@a.test");
}

TEST_CASE("what only an administrator may let through has no link that delivers it")
{
    const auto own = web::compose_digest(digest({.subject = "x", .may_deliver = false}));
    CHECK(!own.text.contains("a=deliver"));
    CHECK(!own.text.contains("a=allow"));
    CHECK(own.text.contains("a=block"));
    CHECK(!own.html.contains("a=deliver"));
}

TEST_CASE("strangers' texts neither run, nor lead anywhere, nor turn the page around")
{
    const auto own = web::compose_digest(
        digest({.from = "\"><script>x()</script> <http://evil.test/a>",
                .subject = "a\r\nBcc: x@y.test\t\u202Eabc\u200B\xFF www.evil.test "
                    + std::string(1000, 'x')}));
    CHECK(!own.html.contains("<script"));
    CHECK(own.html.contains("&quot;&gt;&lt;script&gt;"));
    CHECK(!own.html.contains("http://evil"));
    CHECK(!own.html.contains("evil.test"));
    CHECK(own.text.contains("a  Bcc: x@y.test abc\uFFFD www .evil.test xxx"));
    CHECK(own.text.contains("http ://evil.test/a"));
    CHECK(own.text.contains("xxx…\n"));
}

TEST_CASE("a digest speaks the reader's language")
{
    auto japanese = digest({.from = "花子 <hanako@c.test>", .subject = ""}, true);
    japanese.more = 20;
    const auto own = web::compose_digest(japanese);
    CHECK(own.subject == "bob@a.test 宛ての保留メール: 21通");
    CHECK(own.text.contains("1. (件名なし)\n"));
    CHECK(own.text.contains("ほかに20通保留中です"));
    CHECK(own.html.contains("<html lang=\"ja\">"));
    CHECK(own.html.contains("常に許可"));
}
