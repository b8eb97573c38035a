// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/mx.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

#include <set>

using net::DnsAnswer;
using Type = net::RecordType;

namespace {
DnsAnswer mx_answer(std::vector<std::pair<unsigned, std::string>> servers)
{
    DnsAnswer answer{.status = DnsAnswer::Status::found};
    for (auto& [preference, name] : servers)
        answer.records.push_back(
            {.data = std::move(name), .preference = static_cast<std::uint16_t>(preference)});
    return answer;
}

std::string names(const std::vector<smtp::MxHost>& hosts)
{
    std::string text;
    for (const auto& host : hosts)
        text += (text.empty() ? "" : " ") + host.name;
    return text;
}
}

TEST_CASE("servers are tried by preference, without ourselves and what is no better")
{
    struct Case {
        std::vector<std::pair<unsigned, std::string>> records;
        std::string order; ///< or the enhanced code of the refusal
    };
    const auto [records, order] = GENERATE(values<Case>({
        {{{20, "b.test"}, {10, "a.test"}}, "a.test b.test"},
        {{{10, "a.test"}, {20, "mx.own.test"}, {20, "c.test"}, {30, "d.test"}}, "a.test"},
        {{{10, "MX.own.test"}, {20, "b.test"}}, "5.4.6"},
        {{{0, ""}}, "5.1.10"},
        {{{0, ""}, {10, "a.test"}}, "a.test"},
    }));
    const auto found = smtp::mx_hosts("far.test", mx_answer(records), "mx.own.test", 7);
    CHECK((found ? names(found->hosts) : found.error().enhanced) == order);
}

TEST_CASE("what the DNS says of a domain without MX decides between now, later and never")
{
    struct Case {
        DnsAnswer::Status status;
        int code;
        std::string enhanced;
    };
    const auto [status, code, enhanced] = GENERATE(values<Case>({
        {DnsAnswer::Status::failed, 451, "4.4.3"},
        {DnsAnswer::Status::no_name, 550, "5.1.2"},
        {DnsAnswer::Status::no_data, 0, ""},
    }));
    const auto found = smtp::mx_hosts("far.test", {.status = status}, "mx.own.test", 0);
    CHECK((found ? 0 : found.error().code) == code);
    CHECK((found ? "" : found.error().enhanced) == enhanced);
    if (found) {
        CHECK(found->is_implicit);
        CHECK(names(found->hosts) == "far.test");
    }
}

TEST_CASE("equal servers take turns, and there is an end to their number")
{
    std::set<std::string> first;
    for (std::uint64_t chance = 0; chance < 64; ++chance)
        first.insert(smtp::mx_hosts("far.test",
                                    mx_answer({{10, "a.test"}, {10, "b.test"}, {10, "c.test"}}),
                                    "own", chance)
                         ->hosts.front()
                         .name);
    CHECK(first.size() == 3);
    std::vector<std::pair<unsigned, std::string>> many;
    for (unsigned i = 0; i < 300; ++i)
        many.emplace_back(i, "m" + std::to_string(i) + ".test");
    CHECK(smtp::mx_hosts("far.test", mx_answer(many), "own", 1)->hosts.size() == 16);
}

TEST_CASE("an address is vouched for only by answers that were given, all of them")
{
    struct Case {
        std::optional<bool> a, aaaa; ///< secure; nullopt: SERVFAIL
        bool is_secure;
    };
    const auto [a, aaaa, is_secure] = GENERATE(values<Case>({
        {true, true, true},
        {true, false, false},
        {false, true, false},
        {true, std::nullopt, true}, // who keeps one answer back switches nothing off
    }));
    support::MemoryDns dns;
    const auto set = [&dns](Type type, std::optional<bool> secure, const char* address) {
        if (!secure)
            return void(dns.fail("mx.test", "SERVFAIL", type));
        dns.add("mx.test", type, address);
        auto answer = dns.answer("mx.test", type);
        answer.is_secure = *secure;
        dns.set("mx.test", type, answer);
    };
    set(Type::a, a, "192.0.2.1");
    set(Type::aaaa, aaaa, "2001:db8::1");
    net::TestEnv env;
    net::Loop loop{env};
    smtp::HostAddresses found;
    const auto ask = [](support::MemoryDns& from, smtp::HostAddresses& to) -> net::awaitable<void> {
        to = co_await smtp::host_addresses(from, "mx.test", 25);
    };
    support::run(loop, ask(dns, found));
    CHECK(found.is_secure == is_secure);
    CHECK(found.has_failed == !aaaa);
    REQUIRE_FALSE(found.addresses.empty());
    CHECK(found.addresses.front().to_string() == "192.0.2.1:25");
}
