// SPDX-License-Identifier: Apache-2.0
#include "filters/content/features.hpp"

#include "filters/content/analysis.hpp"
#include "filters/content/feature_views.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace filters;
using content::Features;

namespace {
Features features_of(const std::string& message)
{
    const auto parsed = mail::Message::from_text(message);
    return content::extract_features(parsed, content::analyse(parsed, {}));
}

std::set<std::string> words_of(const Features& features)
{
    std::set<std::string> words;
    for (std::size_t at = 0, end = 0; (end = features.texts.find('\n', at)) != std::string::npos;
         at = end + 1)
        words.insert(features.texts.substr(at, end - at));
    return words;
}

std::string long_message(unsigned seed, std::size_t words)
{
    std::string text = "From: a@a.example\r\nSubject: numbers\r\n\r\n";
    for (std::size_t i = 0; i < words; ++i)
        text += std::to_string((i + seed) * 2654435761U) + (i % 8 == 7 ? "\r\n" : " ");
    return text;
}
}

TEST_CASE("words stand with their field, and those of the text, of links and tags")
{
    const auto features
        = features_of("From: Ann <ann@a.example>\r\nSubject: =?utf-8?B?SGVsbG8=?= "
                      "there\r\nContent-Type: text/html\r\n\r\n"
                      "<p>Buy <b>pills</b> <a href=\"http://shop.example/x\">now</a>");
    const auto words = words_of(features);
    for (const auto* word : {"subject:Hello", "subject:there", "from:ann@a.example", "Buy", "pills",
                             "now", "link:shop.example", "tag:b", "field:subject", "part:text"})
        CHECK(words.contains(word));
    CHECK_FALSE(words.contains("<b>"));
    CHECK(words.size() == features.words.size());
    CHECK(content::is_well_formed(features));
    for (const auto word : features.words)
        CHECK(std::ranges::binary_search(features.all, word));
}

TEST_CASE("what filters said of a message, or somebody in their name, is no feature of it")
{
    const std::string rest = "From: a@a.example\r\nSubject: hi\r\n\r\nBuy pills now\r\n";
    const auto plain = features_of(rest);
    for (const auto* field :
         {"X-Mailweir-Verdict: deliver score=0.3", "X-Spam-Flag: NO", "x-SPAM-Status: No",
          "X-Spam-Made-Up: No", "X-Barracuda-Bayes: INNOCENT", "X-Spam: no",
          "Authentication-Results: mx.example.org; dkim=pass; spf=pass"})
        CHECK(features_of(std::string{field} + "\r\n" + rest).all == plain.all);
    CHECK(features_of("X-Other: No\r\n" + rest).all != plain.all);
}

TEST_CASE("how a text was encoded leaves no trace")
{
    const std::string head = "From: a@a.example\r\nMIME-Version: 1.0\r\n";
    const auto jis = features_of(head
                                 + "Subject: =?iso-2022-jp?B?GyRCS1xNaBsoQg==?=\r\n"
                                   "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
                                   "\x1b$BK\\Mh\x1b(B\r\n");
    const auto utf8 = features_of(head
                                  + "Subject: =?utf-8?B?5pys5p2l?=\r\n"
                                    "Content-Type: text/plain; charset=utf-8\r\n"
                                    "Content-Transfer-Encoding: base64\r\n\r\n5pys5p2lDQo=\r\n");
    CHECK(words_of(jis).contains("subject:\u672c\u6765"));
    CHECK(words_of(jis) == words_of(utf8));
    // One more field than the other has.
    std::vector<std::uint32_t> common;
    std::ranges::set_intersection(jis.all, utf8.all, std::back_inserter(common));
    CHECK(common.size() + 10 > utf8.all.size());
}

TEST_CASE("a long message has a bounded number of features, the same ones each time")
{
    const auto features = features_of(long_message(0, 20'000));
    CHECK(features.all.size() <= Features::most);
    CHECK(features.all.size() > Features::most / 2);
    CHECK(content::is_well_formed(features));
    CHECK(features_of(long_message(0, 20'000)).all == features.all);
    CHECK(content::pack(features).size() <= content::most_packed);
}

TEST_CASE("header and body have features of their own, and neither pushes the other's words out")
{
    using content::View;
    const auto first = [](const Features& features, std::string_view word) {
        std::size_t line = 0;
        for (std::string_view texts = features.texts; !texts.starts_with(word); ++line)
            texts.remove_prefix(texts.find('\n') + 1);
        return content::view_of(features.words.at(line));
    };
    const auto small = features_of("Subject: alpha\r\n\r\nbeta http://gamma.example/");
    CHECK(first(small, "subject:alpha") == View::header);
    CHECK(first(small, "field:subject") == View::header);
    CHECK(first(small, "beta") == View::body);
    CHECK(first(small, "link:gamma.example") == View::body);

    std::string many = "Subject: alpha\r\n";
    for (int i = 0; i < 500; ++i)
        many += "X-" + std::to_string(i) + ": a" + std::to_string(i) + "\r\n";
    many += "\r\n";
    for (int i = 0; i < 900; ++i)
        many += std::to_string(i) + " ";
    const auto large = features_of(many);
    CHECK(content::is_well_formed(large));
    CHECK(large.words.size() > Features::most_words / 2);
    const auto header = std::ranges::count(large.words, View::header, content::view_of);
    CHECK(header > 100);
    CHECK(header < static_cast<std::ptrdiff_t>(large.words.size()) - 100);
}

TEST_CASE("features come back from their packed form, and nothing else does")
{
    for (const std::size_t words : {0U, 1U, 30U, 3000U}) {
        const auto features = features_of(long_message(7, words));
        const auto packed = content::pack(features);
        Features back;
        REQUIRE(content::unpack(packed, back));
        CHECK(back.all == features.all);
        CHECK(back.words == features.words);
        CHECK_FALSE(content::unpack(packed.substr(0, packed.size() - 1), back));
        CHECK_FALSE(content::unpack(packed + "x", back));
        CHECK_FALSE(content::unpack("\x03" + packed.substr(1), back));
    }
    Features back;
    CHECK_FALSE(content::unpack("", back));
    CHECK_FALSE(content::unpack(std::string(9000, '\xff'), back));
}

TEST_CASE("features of a lying scan are not well-formed")
{
    CHECK(content::is_well_formed({{1, 2, 3}, {}, {}}));
    CHECK_FALSE(content::is_well_formed({{1, 1}, {}, {}}));
    CHECK_FALSE(content::is_well_formed({{2, 1}, {}, {}}));
    CHECK_FALSE(content::is_well_formed({{1U << Features::bits}, {}, {}}));
    CHECK_FALSE(content::is_well_formed({{}, {5, 4}, {}}));
}
