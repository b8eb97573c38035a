// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/codec.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include <cstring>

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
    const auto encoded = encode(some_facts());
    for (std::size_t place = 0; place + 4 <= encoded.size(); ++place)
        for (const std::uint32_t length : {0xFFFFFFFFU, 0x7FFFFFFFU, 0x10001U}) {
            auto changed = encoded;
            std::memcpy(changed.data() + place, &length, sizeof length);
            const auto decoded = decode(changed);
            CHECK((!decoded || encode(*decoded) == changed));
        }
}

TEST_CASE("a scan cannot speak of what it does not look at")
{
    filters::Scanned lie;
    lie.findings = {{"dkim.pass", "bank.example", {}, {}}};
    CHECK_FALSE(decode(encode(lie)));
    lie.findings = {{"no.such_fact", {}, {}, {}}};
    CHECK_FALSE(decode(encode(lie)));
}

namespace {
filters::Scanned full_content()
{
    filters::Scanned scanned;
    auto& content = scanned.content;
    content.subject = "a subject";
    content.from_name = "somebody";
    content.raw_body = "body";
    content.bodies.push_back({.path = "1.1",
                              .type = "text/html",
                              .charset = "utf-8",
                              .raw = "<b>body</b>",
                              .visible = "body",
                              .hidden = "hidden",
                              .tags = "b",
                              .counts = {.elements = 7},
                              .is_guessed_charset = true});
    content.files.push_back({.path = "1.2/setup.exe",
                             .filename = "setup.exe",
                             .other_filenames = {"setup.txt", "x"},
                             .declared = "application/zip",
                             .type = {filters::content::Kind::java, "Java archive"},
                             .size = 123'456'789'012,
                             .sha256 = {1, 2, 3},
                             .depth = 2,
                             .has_external_template = true,
                             .perceptual_hash = ~0ULL});
    filters::content::Link link{.source = filters::content::Link::Source::document,
                                .kind = filters::content::HtmlLink::Kind::other,
                                .written = "HTTP://A/",
                                .is_hidden = true};
    link.url.port = 81;
    link.url.is_odd_host = true;
    content.links.push_back(link);
    content.oddities.push_back({"over_limit", "part 1", true});
    content.preview = "a preview";
    content.features = {{1, 2, 4'000'000}, {5}, "five\n"};
    content.fingerprints.push_back(
        {filters::content::Fingerprint::Kind::picture, "1.3", {1, 2}, {3, 4, 5}, 6});
    return scanned;
}
}

TEST_CASE("content travels whole, but for the texts of bodies")
{
    auto scanned = full_content();
    const auto& content = scanned.content;
    REQUIRE(filters::confine(scanned));
    const auto decoded = decode(encode(scanned));
    REQUIRE(decoded);
    CHECK(encode(*decoded) == encode(scanned));
    const auto& got = decoded->content;
    CHECK(got.subject == "a subject");
    CHECK(got.raw_body.empty());
    REQUIRE(got.bodies.size() == 1);
    CHECK(got.bodies[0].charset == "utf-8");
    CHECK(got.bodies[0].counts.elements == 7);
    CHECK((got.bodies[0].raw + got.bodies[0].visible + got.bodies[0].hidden + got.bodies[0].tags)
              .empty());
    REQUIRE(got.files.size() == 1);
    CHECK(got.files[0].type.name == "Java archive");
    CHECK(got.files[0].other_filenames.size() == 2);
    CHECK(got.files[0].size == 123'456'789'012);
    REQUIRE(got.links.size() == 1);
    CHECK(got.links[0].url.port == 81);
    CHECK(got.links[0].url.is_odd_host);
    CHECK(got.oddities == content.oddities);
    CHECK(got.features.all == content.features.all);
    CHECK(got.features.texts == content.features.texts);
    REQUIRE(got.fingerprints.size() == 1);
    CHECK(got.fingerprints[0].sketch == content.fingerprints[0].sketch);
}

TEST_CASE("a weight that is no number is refused: sums and history would suffer")
{
    filters::Scanned scanned;
    for (const double weight :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        scanned.findings = {{"words.tag", "one", {}, weight}};
        CHECK_FALSE(decode(encode(scanned)));
    }
}

TEST_CASE("a value that an enum, a flag or a name cannot have is refused")
{
    filters::Scanned scanned;
    scanned.content.links.push_back({.is_hidden = true});
    const auto one = encode(scanned);
    int refused = 0;
    for (std::size_t place = 0; place < one.size(); ++place) {
        auto changed = one;
        changed[place] = '\x7F';
        refused += decode(changed) ? 0 : 1;
    }
    CHECK(refused > 0);
    scanned.content.links[0].kind = static_cast<filters::content::HtmlLink::Kind>(8);
    CHECK_FALSE(decode(encode(scanned)));
    scanned.content.links.clear();
    scanned.content.oddities = {{"no_such_oddity"}};
    CHECK_FALSE(decode(encode(scanned)));
}

TEST_CASE("long texts are cut; a list that is too long is not, it makes the rest worthless")
{
    filters::Scanned scanned;
    scanned.content.subject.assign(1'000'000, 'x');
    CHECK(filters::confine(scanned));
    CHECK(decode(encode(scanned))->content.subject.size() == 65'536);
    scanned.findings.assign(5000, {"words.tag", "one"});
    CHECK_FALSE(filters::confine(scanned));
    CHECK_FALSE(decode(encode(scanned)));
}

TEST_CASE(
    "what a layer cost travels under the name of a layer that looks at content, or not at all")
{
    auto told = some_facts();
    told.layers = {{"words", 4711}};
    const auto decoded = decode(encode(told));
    REQUIRE(decoded);
    REQUIRE(decoded->layers.size() == 1);
    CHECK(decoded->layers[0].name == "words");
    CHECK(decoded->layers[0].nanoseconds == 4711);
    for (const auto* name : {"helo", "nobody", ""}) {
        told.layers = {{name, 1}};
        CHECK_FALSE(decode(encode(told)));
    }
    told.layers.assign(101, {"words", 1});
    CHECK_FALSE(decode(encode(told)));
}
