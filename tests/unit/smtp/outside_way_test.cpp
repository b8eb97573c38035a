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
    void publish(const std::string& data, bool secure = true, std::string host = "mx.far.test")
    {
        const auto name = "_25._tcp." + host;
        auto answer = dns.answer(name, Type::tlsa);
        answer.status = net::DnsAnswer::Status::found;
        answer.is_secure = secure;
        answer.records.push_back({.data = data});
        dns.set(name, Type::tlsa, answer);
    }
    void add_alias(const std::string& from, const std::string& to, bool secure = true)
    {
        dns.set(from, Type::cname,
                {.status = net::DnsAnswer::Status::found,
                 .records = {{.data = to}},
                 .is_secure = secure});
    }
    void demand(StsPolicy::Mode mode, std::string mx = "mx.far.test")
    {
        auto known = std::make_shared<smtp::Destination>();
        known->sts = std::make_shared<StsPolicy>(StsPolicy{mode, {std::move(mx)}, {}});
        route.destination = known;
    }
    /// "dane" with the name whose records count, "sts", "tls" (any certificate), "try", "plain" or
    /// "never".
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
        const smtp::OutsideHost host{{}, self.is_secure, self.is_named_securely};
        const smtp::NextHop hop{"mx.far.test", 25, std::make_shared<smtp::OutsideHost>(host)};
        const auto way = co_await smtp::find_way(self.dns, self.snapshot,
                                                 std::make_shared<smtp::Route>(self.route), hop);
        self.proof = way ? way->proof : "";
        if (!way)
            text = "never";
        else if (way->tls == TlsUse::verified)
            text = way->context == self.snapshot.client_tls_verified
                ? "sts"
                : "dane " + way->proof.substr(0, way->proof.find(' '));
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
    std::string proof; ///< of the last way
    bool is_secure = true, is_named_securely = true;
};
const std::string key = std::string{"\3\1\1"} + std::string(32, 'k');
}

TEST_CASE("TLSA records bind a server that the DNS vouches for all the way")
{
    Outside far;
    CHECK(far.way() == "try");
    far.publish(key);
    CHECK(far.way() == "dane mx.far.test");
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
    CHECK(broken.way() == "dane mx.far.test");
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
    CHECK(far.way() == "dane mx.far.test");
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

TEST_CASE("TLSA records of no use take nothing away from what is asked for otherwise")
{
    Outside far;
    far.publish(std::string{"\1\1\1"} + std::string(32, 'k'));
    CHECK(far.way() == "tls");
    far.demand(StsPolicy::Mode::testing);
    CHECK(far.way() == "tls tested");
    far.demand(StsPolicy::Mode::enforce);
    CHECK(far.way() == "sts");
    far.demand(StsPolicy::Mode::enforce, "other.far.test");
    CHECK(far.way() == "never");
    far.route.destination.reset();
    far.route.tls = TlsUse::verified;
    CHECK(far.way() == "sts");
}

TEST_CASE("a server whose name is an alias is bound by the records of what it stands for")
{
    Outside far;
    far.add_alias("mx.far.test", "alias.far.test");
    far.add_alias("alias.far.test", "mx.host.test");
    CHECK(far.way() == "try");
    far.publish(key);
    CHECK(far.way() == "dane mx.far.test");
    far.publish(key, false, "mx.host.test");
    CHECK(far.way() == "dane mx.far.test");
    Outside both;
    both.add_alias("mx.far.test", "mx.host.test");
    both.publish(key);
    both.publish(key, true, "mx.host.test");
    CHECK(both.way() == "dane mx.host.test");
}

TEST_CASE("an alias that leads where nobody vouches is bound by its own records alone")
{
    Outside far;
    far.is_secure = false;
    far.add_alias("mx.far.test", "mx.host.test");
    far.publish(key, true, "mx.host.test");
    CHECK(far.way() == "try");
    far.publish(key);
    CHECK(far.way() == "dane mx.far.test");
    far.add_alias("mx.far.test", "mx.host.test", false);
    CHECK(far.way() == "try");
}

TEST_CASE("while nobody can say what a name stands for nothing goes there")
{
    Outside far;
    far.dns.fail("mx.far.test", "SERVFAIL", Type::cname);
    CHECK(far.way() == "never");
    Outside alias;
    alias.add_alias("mx.far.test", "mx.host.test");
    alias.publish(key);
    alias.dns.fail("_25._tcp.mx.host.test", "SERVFAIL");
    CHECK(alias.way() == "never");
    alias.is_secure = alias.is_named_securely = false; // the list of servers may be anybody's
    CHECK(alias.way() == "try");
}

TEST_CASE("what verifies a server is equal for equal records, in whatever order they come")
{
    const std::string other = std::string{"\3\1\1"} + std::string(32, 'o');
    const auto proof = [](std::initializer_list<std::string> records) {
        Outside far;
        for (const auto& record : records)
            far.publish(record);
        (void)far.way();
        return far.proof;
    };
    CHECK(proof({key, other}) == proof({other, key}));
    CHECK(proof({key}) != proof({other}));
    CHECK(proof({}).empty());
}
