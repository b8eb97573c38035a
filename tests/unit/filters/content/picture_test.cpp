// SPDX-License-Identifier: Apache-2.0
#include "filters/content/picture.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

using namespace filters::content;

namespace {
std::string sample(const std::string& name)
{
    std::ifstream in{SOURCE_DIR "/tests/fuzz/corpus/content_picture/" + name, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

PictureFacts read(const std::string& name) { return read_picture(sample(name), Limits{}); }
}

TEST_CASE("codes are found in pictures of every kind, also inverted ones")
{
    const auto* name
        = GENERATE("qr.png", "inverted.png", "qr.jpg", "qr.gif", "interlaced.gif", "interlaced.png",
                   "qr.webp", "transparent.png", "rotated.png", "both.gif");
    INFO(name);
    const auto facts = read(name);
    CHECK(facts.codes == std::vector<std::string>{"https://qr.example/a?b"});
    CHECK(facts.width > 0);
    CHECK(facts.oddities.empty());
}

TEST_CASE("sizes are read, plain pictures have no hash")
{
    CHECK(read("photo.png").width == 200);
    CHECK(read("photo.png").height == 150);
    CHECK(read("qr.bmp").width == read("qr.png").width);
    CHECK(read("qr.bmp").codes.empty());
    CHECK(read("plain.png").width == 8);
    CHECK(read("plain.png").perceptual_hash == 0);
    CHECK(read_picture("no picture", Limits{}).width == 0);
    CHECK(read_picture("", Limits{}).width == 0);
}

TEST_CASE("pictures that look alike have hashes that are alike")
{
    const auto hash = [](const char* name) { return read(name).perceptual_hash; };
    CHECK(std::popcount(hash("photo.png") ^ hash("photo.jpg")) <= 6);
    CHECK(std::popcount(hash("qr.png") ^ hash("qr.jpg")) <= 12);
    CHECK(std::popcount(hash("photo.png") ^ hash("qr.png")) >= 16);
}

TEST_CASE("a picture with too many pixels is not decoded")
{
    const auto facts = read("big.png");
    CHECK(facts.width == 6000);
    REQUIRE(facts.oddities.size() == 1);
    CHECK(facts.oddities[0].name == "over_limit");
}

TEST_CASE("pictures that break off are read as far as they go")
{
    for (const auto* name : {"qr.png", "qr.jpg", "qr.gif", "qr.webp", "qr.bmp"})
        for (const int part : {2, 3, 5, 20}) {
            auto bytes = sample(name);
            bytes.resize(bytes.size() * static_cast<std::size_t>(part - 1)
                         / static_cast<std::size_t>(part));
            INFO(name << " " << part);
            CHECK(read_picture(bytes, Limits{}).codes.size() <= 1);
        }
}
