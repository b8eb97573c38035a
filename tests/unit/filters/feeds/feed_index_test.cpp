// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_index.hpp"

#include "filters/auth/tag_list.hpp"
#include "tests/unit/filters/feeds/folder.hpp"

#include <catch2/catch.hpp>

using namespace filters::feeds;
using namespace filters::feeds::test;

namespace {
const std::string hash(64, 'a');
const std::string good = "mailweir feed 1\nname site\nserial 7\ndate 2026-11-22T08:00:00Z\n"
                         "file links 12 "
    + hash + " bad.links\nfile other 0 " + hash + " note\n";

std::string with(std::string text, std::string_view what, std::string_view by)
{
    const auto at = text.find(what);
    REQUIRE(at != text.npos);
    return text.replace(at, what.size(), by);
}
std::string refusal(std::string_view text, const FeedKey& key = public_key(),
                    std::string_view name = "site")
{
    const auto index = verified_index(text, key, name);
    return index ? "" : index.error();
}
}

TEST_CASE("an index says what a feed consists of, and is written in one way")
{
    const auto index = FeedIndex::parse(good);
    REQUIRE(index);
    CHECK(index->name == "site");
    CHECK(index->serial == 7);
    CHECK(index->made.time_since_epoch().count() == 1'795'334'400);
    REQUIRE(index->files.size() == 2);
    CHECK(index->find("bad.links")->kind == FileKind::links);
    CHECK(index->find("bad.links")->size == 12);
    CHECK(index->find("none") == nullptr);
    CHECK(index->to_text() == good);
}

TEST_CASE("an index that is written otherwise is refused")
{
    const std::string_view wrong[][2] = {
        {"feed 1", "feed 2"},
        {"name site", "name ../x"},
        {"name site", "name .x"},
        {"name site", "name"},
        {"serial 7", "serial 0"},
        {"serial 7", "serial 07"},
        {"serial 7", "serial -7"},
        {"serial 7", "serial 99999999999999999999999"},
        {"2026-11-22", "2026-13-22"},
        {"2026-11-22", "2026-02-30"},
        {"08:00:00Z", "25:00:00Z"},
        {"links 12", "viruses 12"},
        {"links 12", "links 1x"},
        {"links 12", "links 268435457"},
        {"aaaa bad", "aaag bad"},
        {"aaaa bad", "aaa bad"},
        {"aaaa bad", "AAAA bad"},
        {"bad.links", "../bad"},
        {"bad.links", "a/b"},
        {"bad.links", "index"},
        {"bad.links", "note"},
        {"bad.links", "zzz"},
        {"bad.links", "a b"},
        {"file other", "file  other"},
        {"file other", "\nfile other"},
        {"\nname", "\r\nname"},
        {"note\n", "note"},
    };
    for (const auto& [what, by] : wrong) {
        CAPTURE(what, by);
        CHECK_FALSE(FeedIndex::parse(with(good, what, by)));
    }
    CHECK_FALSE(FeedIndex::parse(""));
    CHECK_FALSE(FeedIndex::parse(good.substr(0, good.find("file "))));
    auto long_one = good.substr(0, good.find("file "));
    for (int i = 1000; i < 1501; ++i)
        long_one += "file other 0 " + hash + " n" + std::to_string(i) + "\n";
    CHECK_FALSE(FeedIndex::parse(long_one));
    auto large = good.substr(0, good.find("file "));
    for (int i = 0; i < 5; ++i)
        large += "file other 268435456 " + hash + " n" + std::to_string(i) + "\n";
    CHECK_FALSE(FeedIndex::parse(large));
}

TEST_CASE("an index is believed for its signature alone")
{
    const auto text = signed_text(*FeedIndex::parse(good), signer());
    CHECK(refusal(text).empty());
    CHECK(verified_index(text, public_key(), "site")->serial == 7);
    const auto stranger = filters::auth::PrivateKey::generate(filters::auth::KeyType::ed25519);
    CHECK(refusal(text, public_key(stranger)).contains("signature is wrong"));
    CHECK(refusal(signed_text(*FeedIndex::parse(good), stranger)).contains("signature is wrong"));
    CHECK(refusal(text, public_key(), "other").contains("index of the feed \"site\""));
    CHECK(refusal(good).contains("not signed"));
    CHECK(refusal(with(text, "serial 7", "serial 8")).contains("signature is wrong"));
    CHECK_FALSE(refusal(text + text).empty());
    CHECK_FALSE(refusal(text + "x").empty());
    CHECK_FALSE(refusal(std::string(400'000, '\n')).empty());
    for (std::size_t size = 0; size < text.size(); ++size)
        if (refusal(std::string_view{text}.substr(0, size)).empty())
            FAIL("cut after " << size << " octets");
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        if (refusal(changed).empty())
            FAIL("changed at " << at);
    }
    // The same octets, signed for another purpose.
    const auto elsewhere
        = good + "signature " + filters::auth::encode_base64(signer().sign(good)) + "\n";
    CHECK(refusal(elsewhere).contains("signature is wrong"));
}

TEST_CASE("a public key is 32 octets in base64")
{
    CHECK(FeedKey::parse(public_text(signer())));
    CHECK_FALSE(FeedKey::parse(""));
    CHECK_FALSE(FeedKey::parse("AAAA"));
    CHECK_FALSE(FeedKey::parse("not base64 at all!"));
}
