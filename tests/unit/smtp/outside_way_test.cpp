// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/destination.hpp"
#include "gateway/smtp/outside_way.hpp"
#include "gateway/smtp/sts_policy.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

using smtp::StsPolicy;
using smtp::TlsUse;
using Type = net::RecordType;

namespace {
/// One server of far.test, with what the DNS and the domain's policy say of it.
struct Outside {
    Outside()
    {
        snapshot.client_tls = *net::TlsContext::client(net::Verify::none);
        route.name = "far.test";
        route.is_by_mx = true;
        snapshot.client_tls_verified = *net::TlsContext::client(net::Verify::required);
    }
    void publish(const std::string& data, bool secure = true)
    {
        auto answer = dns.answer("_25._tcp.mx.far.test", Type::tlsa);
        answer.status = net::DnsAnswer::Status::found;
        answer.is_secure = secure;
        answer.records.push_back({.data = data});
        dns.set("_25._tcp.mx.far.test", Type::tlsa, answer);
    }
    void demand(StsPolicy::Mode mode, std::string mx = "mx.far.test")
    {
        auto known = std::make_shared<smtp::Destination>();
        known->sts = std::make_shared<StsPolicy>(StsPolicy{mode, {std::move(mx)}, {}});
        route.destination = known;
    }
    /// "dane", "sts", "tls" (any certificate), "try", "plain" or "never".
    std::string way()
    {
        std::string text;
        net::TestEnv env;
        net::Loop loop{env};
        support::run(loop, find(*this, text));
        return text;
    }
    static net::awaitable<void> find(Outside& self, std::string& text)
    {
        const smtp::OutsideHost host{{}, self.is_secure};
        const smtp::NextHop hop{"mx.far.test", 25, std::make_shared<smtp::OutsideHost>(host)};
        const auto way = co_await smtp::find_way(self.dns, self.snapshot,
                                                 std::make_shared<smtp::Route>(self.route), hop);
        if (!way)
            text = "never";
        else if (way->tls == TlsUse::verified)
            text = way->context == self.snapshot.client_tls_verified ? "sts" : "dane";
        else
            text = way->tls == TlsUse::required ? "tls"
                : way->tls == TlsUse::none      ? "plain"
                                                : "try";
        if (way && way->is_tested)
            text += " tested";
    }
    support::MemoryDns dns;
    smtp::Snapshot snapshot;
    smtp::Route route;
    bool is_secure = true;
};
const std::string key = std::string{"\3\1\1"} + std::string(32, 'k');
}

TEST_CASE("TLSA records bind a server that the DNS vouches for all the way")
{
    Outside far;
    CHECK(far.way() == "try");
    far.publish(key);
    CHECK(far.way() == "dane");
    far.is_secure = false;
    CHECK(far.way() == "try");
}

TEST_CASE("records that nobody vouches for, or that SMTP cannot use, bind to less")
{
    Outside insecure;
    insecure.publish(key, false);
    CHECK(insecure.way() == "try");
    Outside pkix;
    pkix.publish(std::string{"\0\1\1", 3} + std::string(32, 'k'));
    pkix.publish(std::string{"\1\1\1"} + std::string(32, 'k'));
    CHECK(pkix.way() == "tls");
    Outside broken;
    broken.publish("\3\1\1short");
    CHECK(broken.way() == "tls");
    broken.publish(key);
    CHECK(broken.way() == "dane");
}

TEST_CASE("a server whose TLSA records cannot be had gets no mail now")
{
    Outside far;
    far.dns.fail("_25._tcp.mx.far.test", "SERVFAIL");
    CHECK(far.way() == "never");
    far.snapshot.settings.outside.has_dane = false;
    CHECK(far.way() == "try");
}

TEST_CASE("a policy that is enforced wants a verified server that it names, below DANE")
{
    Outside far;
    far.demand(StsPolicy::Mode::enforce);
    CHECK(far.way() == "sts");
    far.demand(StsPolicy::Mode::enforce, "other.far.test");
    CHECK(far.way() == "never");
    far.demand(StsPolicy::Mode::testing, "other.far.test");
    CHECK(far.way() == "try tested");
    far.demand(StsPolicy::Mode::none);
    CHECK(far.way() == "try");
    far.demand(StsPolicy::Mode::enforce);
    far.publish(key);
    CHECK(far.way() == "dane");
}

TEST_CASE("what the route says stands where the other side says nothing")
{
    Outside far;
    far.route.tls = TlsUse::none;
    CHECK(far.way() == "plain");
    far.route.tls = TlsUse::required;
    CHECK(far.way() == "tls");
    far.route.tls = TlsUse::verified;
    CHECK(far.way() == "sts");
}
