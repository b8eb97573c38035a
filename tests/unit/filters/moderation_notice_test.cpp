// SPDX-License-Identifier: Apache-2.0
#include "filters/moderation_notice.hpp"

#include <catch2/catch.hpp>

using namespace filters;

namespace {
std::optional<ModerationNotice> notice(const std::string& header, std::string_view sender)
{
    const auto address = mail::Mailbox::parse(sender);
    return moderation_notice_in(address ? mail::ReversePath{*address} : mail::ReversePath{},
                                mail::Header::parse(header));
}
}

TEST_CASE("moderation notice: what software of lists writes to the owners of one")
{
    struct Case {
        std::string subject;
        std::optional<unsigned> waiting;
    };
    for (const auto& [subject, waiting] :
         {Case{"Staff post from eve@far.example requires approval", {}},
          Case{"3 Staff moderator request(s) waiting", 3U},
          Case{"12 Staff2000 moderator request(s) waiting", 12U},
          Case{"The staff2000@b.example list has 4 moderation requests waiting.", 4U},
          Case{"BOUNCE staff@b.example: Approval required: Non-member submission", {}},
          Case{"MODERATE for staff@b.example", {}},
          Case{"New subscription request to list Staff from eve@far.example", {}},
          Case{"=?utf-8?B?U3RhZmYg44G444Gu5oqV56i/44Gv5om/6KqN44GM5b+F6KaB44Gn44GZ?=", {}}}) {
        CAPTURE(subject);
        const auto found = notice("Subject: " + subject + "\r\nFrom: staff-bounces@b.example\r\n"
                                      + "To: staff-owner@b.example\r\n\r\n",
                                  "mailman-bounces@b.example");
        REQUIRE(found);
        CHECK(found->list == "staff@b.example");
        CHECK(found->waiting == waiting);
    }
}

TEST_CASE("moderation notice: neither a subject nor an address alone makes one")
{
    CHECK_FALSE(notice("Subject: your order requires approval\r\nFrom: ann@b.example\r\n\r\n",
                       "ann@b.example"));
    CHECK_FALSE(notice("Subject: Minutes\r\nFrom: staff-owner@b.example\r\n\r\n",
                       "staff-bounces@b.example"));
    CHECK_FALSE(notice("Subject: a moderator request(s) waiting\r\n\r\n", "staff-owner@b.example"));
    CHECK_FALSE(notice("Subject: x requires approval\r\nFrom: mailman-owner@b.example\r\n\r\n",
                       "mailman-bounces@b.example"));
    CHECK_FALSE(notice("\r\n", ""));
}

TEST_CASE("moderation notice: it is answered at the addresses that confirm")
{
    const auto answer = [](std::string_view to, const std::string& subject) {
        return moderation_answer_in(*mail::Mailbox::parse(to),
                                    mail::Header::parse("Subject: " + subject + "\r\n\r\n"));
    };
    CHECK(answer("staff-confirm+1a2b@b.example", "Re: yes") == "staff@b.example");
    CHECK(answer("staff-request@b.example", "Re: confirm 1a2b") == "staff@b.example");
    CHECK(answer("staff-request@b.example", "subscribe").empty());
    CHECK(answer("staff@b.example", "confirm 1a2b").empty());
}
