// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/codec.hpp"

#include <catch2/catch.hpp>

using filters::decode;
using filters::encode;

namespace {
filters::Scanned some_facts()
{
    filters::Scanned scanned;
    scanned.findings = {{"words.tag", "rule one", "in the body", {}},
                        {"words.points", "rule two", {}, 2.5},
                        {"content.unscannable", std::string(3000, 'x'), {}, {}}};
    return scanned;
}
}

TEST_CASE("what was encoded is decoded to the same facts")
{
    const auto facts = some_facts();
    const auto decoded = decode(encode(facts));
    REQUIRE(decoded);
    REQUIRE(decoded->findings.size() == facts.findings.size());
    for (std::size_t i = 0; i < facts.findings.size(); ++i) {
        CHECK(decoded->findings[i].name == facts.findings[i].name);
        CHECK(decoded->findings[i].detail == facts.findings[i].detail);
        CHECK(decoded->findings[i].evidence == facts.findings[i].evidence);
        CHECK(decoded->findings[i].weight == facts.findings[i].weight);
    }
}

TEST_CASE("no end of an answer can be missing, nothing can stand behind it")
{
    const auto encoded = encode(some_facts());
    for (std::size_t size = 0; size < encoded.size(); ++size)
        CHECK_FALSE(decode(std::string_view{encoded}.substr(0, size)));
    CHECK_FALSE(decode(encoded + '\0'));
    CHECK(decode(encoded));
}

TEST_CASE("a count or length that does not fit is refused, however large")
{
    CHECK_FALSE(decode("\xFF\xFF\xFF\xFF"));
    std::string encoded = encode(some_facts());
    encoded[4] = '\xFF'; // the length of the first name
    encoded[7] = '\x7F';
    CHECK_FALSE(decode(encoded));
}

TEST_CASE("a scan cannot speak of what it does not look at")
{
    filters::Scanned lie;
    lie.findings = {{"dkim.pass", "bank.example", {}, {}}};
    CHECK_FALSE(decode(encode(lie)));
    lie.findings = {{"no.such_fact", {}, {}, {}}};
    CHECK_FALSE(decode(encode(lie)));
}
