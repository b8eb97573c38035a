// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/authentication.hpp"

#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

using namespace app::commands;

namespace {
const auto message
    = mail::Message::from_text("DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from; "
                               "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
                               "From: ann@a.example\r\n\r\n");

Authentication asked(filters::auth::Dns& dns, net::WorkerPool& pool, KnownAuthentication known)
{
    const auto ip = mail::Ip::parse("192.0.2.1").value();
    return support::complete(
        authenticate(filters::auth::spf_question(ip, "mx.a.example", "ann@a.example"), message, dns,
                     pool, std::move(known)));
}
}

TEST_CASE("what is known is not asked for again")
{
    net::WorkerPool pool{1};
    support::MemoryDns dns;
    const auto fresh = asked(dns, pool, {});
    REQUIRE(fresh.dkim.size() == 1);
    CHECK(fresh.dmarc.result == filters::auth::DmarcResult::none);
    CHECK_FALSE(dns.asked.empty());

    KnownAuthentication known{fresh.spf, fresh.dkim, fresh.arc, fresh.dmarc};
    known.dmarc->result = filters::auth::DmarcResult::pass;
    dns.asked.clear();
    const auto again = asked(dns, pool, known);
    CHECK(dns.asked.empty());
    CHECK(again.dmarc.result == filters::auth::DmarcResult::pass);
    CHECK(again.dkim.size() == 1);
}

TEST_CASE("what the layers found out is kept by mail, and given away once")
{
    Authentications all;
    mail::IdSource ids;
    mail::Mail one, other;
    one.id = ids.next(std::chrono::system_clock::now());
    other.id = ids.next(std::chrono::system_clock::now());
    filters::auth::SpfAnswer answer;
    answer.result = filters::auth::SpfResult::pass;
    all.hear(one, answer);
    all.hear(other, std::vector<filters::auth::DkimResult>(2));
    const auto known = all.take(one.id);
    REQUIRE(known.spf);
    CHECK(known.spf->result == filters::auth::SpfResult::pass);
    CHECK_FALSE(known.dkim);
    CHECK_FALSE(all.take(one.id).spf);
    CHECK(all.take(other.id).dkim->size() == 2);
}
