// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/dns_cache.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using net::RecordType;

namespace {
net::DnsAnswerPtr answer(std::string data)
{
    return std::make_shared<const net::DnsAnswer>(
        net::DnsAnswer{.status = net::DnsAnswer::Status::found, .records = {{std::move(data)}}});
}
const net::Env::Steady start{1h};
}

TEST_CASE("the cache keeps an answer until its time")
{
    net::DnsCache cache{1 << 20};
    cache.put("a.test", RecordType::a, answer("one"), start + 10s);
    cache.put("a.test", RecordType::mx, answer("two"), start + 20s);
    CHECK(cache.find("a.test", RecordType::a, start)->records[0].data == "one");
    CHECK_FALSE(cache.find("b.test", RecordType::a, start));
    CHECK_FALSE(cache.find("a.test", RecordType::a, start + 10s));
    CHECK(cache.find("a.test", RecordType::mx, start + 10s));
    CHECK(cache.entries() == 1);
    cache.put("a.test", RecordType::mx, answer("three"), start + 20s);
    CHECK(cache.find("a.test", RecordType::mx, start)->records[0].data == "three");
    CHECK(cache.entries() == 1);
    cache.clear();
    CHECK(cache.entries() == 0);
    CHECK(cache.bytes() == 0);
}

TEST_CASE("the cache is bounded by bytes and drops what nobody asks for")
{
    constexpr std::size_t limit = 1 << 20;
    net::DnsCache cache{limit};
    cache.put("kept.test", RecordType::a, answer("kept"), start + 1h);
    for (int i = 0; i < 20'000; ++i) {
        cache.put("n" + std::to_string(i) + ".test", RecordType::txt,
                  answer(std::string(static_cast<std::size_t>(i % 500), 'x')), start + 1h);
        REQUIRE(cache.bytes() <= limit);
        REQUIRE(cache.find("kept.test", RecordType::a, start));
    }
    CHECK(cache.bytes() > limit / 2);
    CHECK_FALSE(cache.find("n0.test", RecordType::txt, start));
    CHECK(cache.find("n19999.test", RecordType::txt, start));
    cache.put("big.test", RecordType::txt, answer(std::string(limit, 'x')), start + 1h);
    CHECK_FALSE(cache.find("big.test", RecordType::txt, start));
}
