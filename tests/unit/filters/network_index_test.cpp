// SPDX-License-Identifier: Apache-2.0
#include "filters/network_index.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace filters;
using Effect = NetworkIndex::Effect;

namespace {
mail::Network network(std::string_view text) { return *mail::Network::parse(text); }

std::string found(const NetworkIndex& index, std::string_view ip)
{
    const auto match = index.find(*mail::Ip::parse(ip));
    return match ? (match->effect == Effect::allow ? "+" : "-") + match->network.to_string() : "";
}
}

TEST_CASE("the most specific network holds an address, at a tie the allowed one")
{
    NetworkIndex::Builder builder;
    std::uint32_t line = 0;
    for (const auto block : {"10.0.0.0/8", "10.1.2.3", "192.0.2.0/24", "0.0.0.0/32",
                             "255.255.255.255", "2001:db8::/32", "2001:db8:1::/48", "::/0"})
        builder.add(network(block), Effect::block, 0, ++line);
    for (const auto allow : {"10.1.0.0/16", "192.0.2.0/24", "2001:db8:1:2::/64"})
        builder.add(network(allow), Effect::allow, 1, ++line);
    const auto index = builder.build();
    struct Row {
        const char *ip, *match;
    };
    for (const auto& [ip, match] : {
             Row{"10.0.0.0", "-10.0.0.0/8"},
             Row{"10.255.255.255", "-10.0.0.0/8"},
             Row{"11.0.0.0", ""},
             Row{"9.255.255.255", ""},
             Row{"10.1.0.0", "+10.1.0.0/16"},
             Row{"10.1.2.3", "-10.1.2.3/32"},
             Row{"10.1.2.4", "+10.1.0.0/16"},
             Row{"10.2.0.0", "-10.0.0.0/8"},
             Row{"192.0.2.7", "+192.0.2.0/24"},
             Row{"0.0.0.0", "-0.0.0.0/32"},
             Row{"0.0.0.1", ""},
             Row{"255.255.255.255", "-255.255.255.255/32"},
             Row{"255.255.255.254", ""},
             Row{"2001:db8::1", "-2001:db8::/32"},
             Row{"2001:db8:1:2::1", "+2001:db8:1:2::/64"},
             Row{"2001:db8:1:3::1", "-2001:db8:1::/48"},
             Row{"2001:db9::", "-::/0"},
             Row{"::", "-::/0"},
             Row{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-::/0"},
         }) {
        INFO(ip);
        CHECK(found(*index, ip) == match);
    }
    CHECK(index->size() == 10);
}

TEST_CASE("a match says where it was written")
{
    NetworkIndex::Builder builder;
    builder.add(network("192.0.2.0/24"), Effect::block, 3, 17);
    builder.add(network("192.0.2.0/24"), Effect::block, 3, 12);
    const auto match = builder.build()->find(*mail::Ip::parse("192.0.2.9"));
    REQUIRE(match);
    CHECK(match->source == 3);
    CHECK(match->line == 12);
}

TEST_CASE("an empty index holds nothing")
{
    const auto index = NetworkIndex::Builder{}.build();
    CHECK(found(*index, "192.0.2.1").empty());
    CHECK(found(*index, "2001:db8::1").empty());
}

TEST_CASE("the index agrees with a plain search over thousands of nested networks")
{
    std::mt19937 random{7};
    std::vector<std::pair<mail::Network, Effect>> networks;
    NetworkIndex::Builder builder;
    for (std::uint32_t i = 0; i < 3000; ++i) {
        mail::Ip::Bytes bytes{};
        const bool is_v4 = random() % 2 == 0;
        // Few different bits, so that networks nest and touch.
        for (std::size_t at = is_v4 ? 12 : 0; at < 16; ++at)
            bytes[at] = static_cast<std::uint8_t>(random() % 3 == 0 ? 0xFF : random() % 2);
        if (is_v4)
            bytes[10] = bytes[11] = 0xFF;
        const auto prefix = static_cast<unsigned>(random() % (is_v4 ? 33 : 129));
        const auto one = mail::Network::of(mail::Ip{bytes}, prefix);
        const auto effect = random() % 4 == 0 ? Effect::allow : Effect::block;
        networks.emplace_back(one, effect);
        builder.add(one, effect, 0, i);
    }
    const auto index = builder.build();
    for (int i = 0; i < 3000; ++i) {
        auto bytes = networks[random() % networks.size()].first.first().bytes();
        bytes[15] = static_cast<std::uint8_t>(bytes[15] + random() % 3 - 1);
        const mail::Ip ip{bytes};
        const std::pair<mail::Network, Effect>* best = nullptr;
        for (const auto& one : networks)
            if (one.first.contains(ip)
                && (!best || one.first.prefix() > best->first.prefix()
                    || (one.first.prefix() == best->first.prefix() && one.second == Effect::allow)))
                best = &one;
        const auto match = index->find(ip);
        INFO(ip.to_string());
        REQUIRE(match.has_value() == (best != nullptr));
        if (best) {
            CHECK(match->network == best->first);
            CHECK(match->effect == best->second);
        }
    }
}
