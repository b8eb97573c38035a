// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/relay.hpp"

#include <catch2/catch.hpp>

using namespace filters::rulebook;

TEST_CASE("relays: what programs write of a hop")
{
    struct Row {
        std::string_view received, ip, rdns, helo, by, id;
    };
    const auto row = GENERATE(values<Row>({
        {"from mail.a.example (mx.a.example [192.0.2.1]) by mx.b.example (Postfix) with ESMTP id "
         "4X1 "
         "for <c@b.example>; Mon, 3 Aug 2026 10:00:00 +0000",
         "192.0.2.1", "mx.a.example", "mail.a.example", "mx.b.example", "4X1"},
        {"from mail.a.example (unknown [IPv6:2001:db8::7]) by mx.b.example (Postfix) with ESMTPS "
         "id 4X2",
         "2001:db8::7", "", "mail.a.example", "mx.b.example", "4X2"},
        {"from a.example ([192.0.2.1] helo=mail.a.example) by mx.b.example with esmtp (Exim 4.96) "
         "id 1x-2",
         "192.0.2.1", "a.example", "mail.a.example", "mx.b.example", "1x-2"},
        {"from [192.0.2.9] (helo=evil) by mx.b.example with smtp (Exim 4.96) id 1x-3", "192.0.2.9",
         "", "evil", "mx.b.example", "1x-3"},
        {"from unknown (HELO mail.a.example) (192.0.2.1) by mx.b.example with SMTP; 3 Aug 2026",
         "192.0.2.1", "", "mail.a.example", "mx.b.example", ""},
        {"from a.example ([192.0.2.1]:3760 \"EHLO a.example\" rhost-flags-OK) by b.example with "
         "ESMTP id S1",
         "192.0.2.1", "", "a.example", "b.example", "S1"},
        {"from A.EXAMPLE (2001:db8::14) by B.EXAMPLE (2001:db8::15) with Microsoft SMTP Server id "
         "15.20",
         "2001:db8::14", "A.EXAMPLE", "A.EXAMPLE", "B.EXAMPLE", "15.20"},
        {"from (192.0.2.1 [192.0.2.1]) by b.example with ESMTP id S2", "192.0.2.1", "", "192.0.2.1",
         "b.example", "S2"},
        {"from a.example (192.0.2.1 [192.0.2.1]) by b.example with ESMTP id S3", "192.0.2.1",
         "192.0.2.1", "a.example", "b.example", "S3"},
        {"from 192.0.2.1 by b.example with SMTP id S4", "192.0.2.1", "", "", "b.example", "S4"},
    }));
    INFO(row.received);
    const auto trace = read_trace({std::string{row.received}});
    REQUIRE(trace.untrusted.size() == 1);
    const auto& relay = trace.untrusted.front();
    CHECK(relay.ip == row.ip);
    CHECK(relay.rdns == row.rdns);
    CHECK(relay.helo == row.helo);
    CHECK(relay.by == row.by);
    CHECK(relay.id == row.id);
}

TEST_CASE("relays: private hosts and signed-on senders are ours, up to the first that is neither")
{
    const auto trace
        = read_trace({"from in (in [10.0.0.1]) by a (Postfix) with ESMTP id 1",
                      "from out.example (out.example [192.0.2.1]) by in (Postfix) with ESMTP id 2",
                      "from pc (pc [192.168.0.7]) by out.example (Postfix) with ESMTPSA id 3",
                      "from list by out.example with local (Exim 4.96)",
                      "from x (nothing to be understood) by y with SMTP"});
    CHECK(trace.trusted.size() == 1);
    CHECK(trace.untrusted.size() == 2);
    CHECK(trace.first_untrusted == 1);
    CHECK(trace.unparseable == 1);
    CHECK(trace.trusted[0].to_string()
          == "[ ip=10.0.0.1 rdns=in helo=in by=a ident= envfrom= intl=1 id=1 auth= msa=0 ]");
    CHECK(trace.untrusted[1].auth == "ESMTPSA");
}

TEST_CASE("relays: what was fetched by a program of the reader begins anew")
{
    const auto trace
        = read_trace({"from localhost (pc [127.0.0.1]) by pc (Postfix) with ESMTP id 1",
                      "from pc [127.0.0.1] by localhost with IMAP (fetchmail-6.4)",
                      "from a.example (a.example [192.0.2.1]) by b.example with ESMTP id 2"});
    CHECK(trace.trusted.empty());
    CHECK(trace.untrusted.size() == 1);
}

TEST_CASE("relays: what tells nothing of a hop is none, and not strange either")
{
    const auto received = GENERATE(values<std::string>({
        "from 192.0.2.1 by b.example; Mon, 3 Aug 2026 10:00:00 +0000",
        "from 192.0.2.1 by b.example (Mail 1.0) with HTTP; Mon, 3 Aug 2026 10:00:00 +0000",
        "from MTc (unknown) by b.example (SG) with ESMTP id S1; 3 Aug 2026",
    }));
    INFO(received);
    const auto trace = read_trace({received});
    CHECK(trace.untrusted.empty());
    CHECK(trace.unparseable == 0);
}
