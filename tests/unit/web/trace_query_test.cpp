// SPDX-License-Identifier: Apache-2.0
#include "web/api/trace_query.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono;

namespace {
const system_clock::time_point now = sys_days{2026y / November / 21} + 12h;

mail::MailId id_at(system_clock::time_point time) { return mail::IdSource{}.next(time); }
}

TEST_CASE("an id is found alone, with a recipient's number, in any case")
{
    const auto id = id_at(now - 1h);
    const auto text = id.to_string();
    auto lower = text;
    for (char& c : lower)
        c = static_cast<char>(std::tolower(c));
    for (const auto& query : {text, text + "/2", " " + lower + "\n", "(id=" + text + ")"}) {
        INFO(query);
        CHECK(web::parse_trace_query(query, now).ids == std::vector{id});
    }
}

TEST_CASE("an id is found in the text of a bounce")
{
    const auto id = id_at(now - 24h);
    const auto found = web::parse_trace_query(
        "Delivery has failed to these recipients: bob@example.org\r\n"
        "Remote server returned '550 5.7.1 refused, contact: https://help.example.org "
            + id.to_string() + "'\r\nMessage-ID: <abc.1@sender.example>\r\n",
        now);
    CHECK(found.ids == std::vector{id});
    CHECK(found.message_ids == std::vector<std::string>{"<abc.1@sender.example>"});
}

TEST_CASE("words of 13 characters that are no time of ours are passed over")
{
    for (const auto* text :
         {"0000000000000", "configuration", "ZZZZZZZZZZZZZ", "1234567890123456"}) {
        INFO(text);
        CHECK(web::parse_trace_query(text, now).ids.empty());
    }
    CHECK(web::parse_trace_query(id_at(now + 48h).to_string(), now).ids.empty());
    CHECK(web::parse_trace_query("x" + id_at(now).to_string(), now).ids.empty());
}

TEST_CASE("a Message-ID is found with and without brackets")
{
    for (const auto* text : {"<a.b@c.example>", "a.b@c.example", " a.b@c.example \n"})
        CHECK(web::parse_trace_query(text, now).message_ids
              == std::vector<std::string>{"<a.b@c.example>"});
    CHECK(web::parse_trace_query("no id here", now).message_ids.empty());
    CHECK(web::parse_trace_query("<a b@c>", now).message_ids.empty());
    CHECK(web::parse_trace_query("<", now).message_ids.empty());
}

TEST_CASE("a flood of ids is cut")
{
    std::string text;
    mail::IdSource source;
    for (int i = 0; i < 100; ++i)
        text += source.next(now).to_string() + " <m" + std::to_string(i) + "@x>\n";
    CHECK(web::parse_trace_query(text, now).ids.size() == 20);
    CHECK(web::parse_trace_query(text, now).message_ids.size() == 20);
}
