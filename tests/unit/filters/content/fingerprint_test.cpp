// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/content/fingerprint.hpp"
#include "filters/content/template_text.hpp"
#include "gateway/mail/message.hpp"

#include <catch2/catch.hpp>

namespace {
using namespace filters::content;
using filters::Content;

constexpr std::string_view offer
    = "Our pharmacy has the lowest prices on the whole continent and ships within two days.\n"
      "Every customer who orders before Friday gets a second package for free, without\n"
      "questions and without any prescription from a doctor. Thousands of happy people have\n"
      "ordered from us last month, and they come back again because quality never lies.\n"
      "Visit http://cheap-pills.example/order?id=77123 now or write to sales@pills.example\n"
      "and mention your personal discount number 4711-0815 when you speak with our staff.\n";
constexpr std::string_view letter
    = "The committee met on Tuesday to talk about the new library building near the river.\n"
      "Several members asked whether the foundation would carry the weight of the archive,\n"
      "and the engineer promised to bring drawings to the next meeting. We agreed to postpone\n"
      "the vote until everybody has seen them, and to invite the mayor for the discussion.\n";

Content analysed(std::string_view message)
{
    return analyse(mail::Message::from_text(message), {});
}
Content plain(std::string_view text)
{
    std::string message = "From: a@b.example\r\nTo: Ann Miller <ann.miller@c.example>\r\n"
                          "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    for (const char c : text)
        message += c == '\n' ? std::string{"\r\n"} : std::string{c};
    return analysed(message);
}
std::vector<Fingerprint> prints(std::string_view text)
{
    return fingerprints_of(plain(text), {"ann", "miller"});
}
Fingerprint print(std::string_view text)
{
    const auto all = prints(text);
    REQUIRE(all.size() == 1);
    return all.front();
}
std::string replaced(std::string_view text, std::string_view what, std::string_view by)
{
    std::string out{text};
    const auto at = out.find(what);
    REQUIRE(at != out.npos);
    return out.replace(at, what.size(), by);
}
std::vector<std::uint64_t> hashes(std::string_view text)
{
    std::vector<std::uint64_t> all;
    for (const auto& token : template_of(text, {"ann"}).tokens)
        all.push_back(token.hash);
    return all;
}
}

TEST_CASE("a template does not tell copies apart")
{
    struct Case {
        std::string_view one, other;
        bool is_same;
    };
    const Case cases[] = {
        {"Pay 100 dollars", "pay  99,50 DOLLARS", true},
        {"code a8f3k2 is yours", "code 77zz0 is yours", true},
        {"write to bob@x.example", "write to jim.k+1@y.example.", true},
        {"see http://shop.example/a?b=1 now", "see http://www.shop.example/zz now", true},
        {"see http://shop.example/a now", "see http://store.example/a now", false},
        {"Dear Ann Smith,\nbuy", "Dear Mr. Jones,\nbuy", true},
        {"Dear friends of the opera house", "Dear lovers of the opera house", false},
        {"Hi bob, we need to talk", "Hi jim, we need to talk", false},
        {"ann wins", "wins", false},
        {"> > buy this\n| today", "buy this today", true},
        {"ｂｕｙ this", "BUY th\u200Bis", true},
        {"buy", "sell", false},
        {"山田太郎 様\n請求書です", "鈴木 様\n請求書です", true},
        {"請求書です", "領収書です", false},
        {"chère amie", "chere amie", false},
        {"", " \n\n", true},
    };
    for (const auto& [one, other, is_same] : cases) {
        CAPTURE(one, other);
        CHECK((hashes(one) == hashes(other)) == is_same);
    }
}

TEST_CASE("what lists, programs and lawyers add is no part of a template")
{
    const auto bare = hashes("Buy this wonderful watch");
    CHECK(hashes("Buy this wonderful watch\n\nThis e-mail is for the intended recipient only\n"
                 "and must not be read by anybody else whatever happens.")
          == bare);
    CHECK(hashes("Buy this wonderful watch\n\n____________\nA mailing list\nhttp://l.example/x")
          == bare);
    CHECK(hashes("Buy this wonderful watch\n\nSent from my telephone") == bare);
    CHECK(hashes("時計を買いましょう\n\n配信停止はこちら http://x.example/")
          == hashes("時計を買いましょう"));
    // A page is one paragraph: what stands before stays.
    CHECK(hashes("Buy this wonderful watch for half of what everybody else has to pay\n"
                 "To unsubscribe click")
          == hashes("Buy this wonderful watch for half of what everybody else has to pay"));
    // Who writes much below a signature hides nothing above it.
    CHECK(hashes("Hi\n--\nBuy this wonderful watch").size() == 5);
    CHECK(hashes(std::string{letter} + "-- \nAnn\nHead of watches").size()
          == hashes(letter).size());
}

TEST_CASE("a text that was changed a little is recognised, another is not")
{
    const auto known = print(offer);
    CHECK(known.shingles > 60);
    CHECK(resemblance(known, known) == 1);
    CHECK(print(replaced(offer, "77123", "99x")).exact == known.exact);
    CHECK(resemblance(known, print(replaced(offer, "Friday", "Monday"))) > 0.85);
    CHECK(resemblance(known, print(replaced(offer, "happy people", "glad clients"))) > 0.8);
    CHECK(resemblance(known, print(letter)) < 0.1);
    const auto forwarded
        = print("Look what I got today, is this not strange?\n\n> " + std::string{offer}
                + "\nI would not order anything there if I were you, greetings from the sea.\n");
    CHECK(resemblance(known, forwarded) > 0.6);
    CHECK(containment(known, forwarded) > 0.8);
    CHECK(containment(known, print(letter)) < 0.1);
}

TEST_CASE("a text is the same in every encoding and as a page")
{
    const auto known = print(offer);
    std::string page = "From: a@b.example\r\nTo: x@c.example\r\nMIME-Version: 1.0\r\n"
                       "Content-Type: text/html\r\n\r\n<html><body><p>";
    for (const char c : offer)
        page += c == '\n' ? std::string{"\r\n"} : c == 'e' ? "<b>e</b>" : std::string{c};
    const auto all = fingerprints_of(analysed(page + "</p></body></html>\r\n"), {});
    REQUIRE(all.size() == 1);
    CHECK(resemblance(known, all[0]) == 1);
}

TEST_CASE("texts without blanks are told by their characters")
{
    constexpr std::string_view known_text
        = "お客様のアカウントに異常なログインが検出されました。二十四時間以内に本人確認を行わない場"
          "合、"
          "アカウントは永久に停止されます。以下のリンクから手続きを完了してください。ご不便をおかけ"
          "して"
          "申し訳ございませんが、お客様の安全のためご協力をお願いいたします。";
    const auto known = print(known_text);
    CHECK(known.shingles > 60);
    CHECK(resemblance(known, print(replaced(known_text, "二十四時間", "四十八時間"))) > 0.8);
    CHECK(resemblance(
              known,
              print("来週の会議の議題をお送りします。図書館の新しい建物について話し合う予定です"
                    "ので、資料を事前にお読みください。参加できない方は金曜日までにご連絡を"
                    "お願いします。会場は市役所の三階です。"))
          < 0.15);
}

TEST_CASE("what says too little has no fingerprint")
{
    CHECK(prints("").empty());
    CHECK(prints("See you tomorrow, Ann").empty());
    std::string over_and_over;
    for (int i = 0; i < 500; ++i)
        over_and_over += "buy now ";
    CHECK(prints(over_and_over).empty());
    const auto shortish = print("We are pleased to offer you a position as shipping assistant in "
                                "your home town.");
    CHECK(shortish.shingles == 0); // the very same only
    CHECK(resemblance(shortish, shortish) == 0);
}

TEST_CASE("attachments and pictures have fingerprints, icons and style sheets have none")
{
    Content content;
    const auto file = [](std::string path, Kind kind, std::size_t size) {
        File one;
        one.path = std::move(path);
        one.type.kind = kind;
        one.size = size;
        one.is_attachment = true;
        one.sha256[0] = static_cast<std::uint8_t>(one.path.back());
        return one;
    };
    content.files = {file("1", Kind::pdf, 5000),     file("2", Kind::pdf, 100),
                     file("3", Kind::picture, 5000), file("4", Kind::picture, 5000),
                     file("5/a", Kind::text, 5000),  file("6/b", Kind::executable, 5000)};
    content.files[2].width = content.files[2].height = 16;
    content.files[3].width = content.files[3].height = 200;
    content.files[3].perceptual_hash = 0xAAAA5555AAAA5554;
    content.files[4].depth = content.files[5].depth = 1;
    const auto all = fingerprints_of(content, {});
    std::vector<std::string> paths;
    for (const auto& one : all)
        paths.push_back(one.path);
    CHECK(paths == std::vector<std::string>{"1", "4", "6/b"});
    CHECK(all[1].kind == Fingerprint::Kind::picture);
    auto other = all[1];
    other.look ^= 0x0000000100000100;
    CHECK(resemblance(all[1], other) > 0.9);
    other.look = ~other.look;
    CHECK(resemblance(all[1], other) == 0);
    CHECK(resemblance(all[0], all[1]) == 0);
}

TEST_CASE("words of the recipients' names are found in addresses and display names")
{
    const auto words = [](std::string_view to) {
        const auto message = mail::Message::from_text("To: " + std::string{to} + "\r\n\r\n");
        return recipient_words(message.header());
    };
    using Words = std::vector<std::string>;
    CHECK(words("\"Ann B. Miller\" <amiller@x.example>") == Words{"ann", "miller", "amiller"});
    CHECK(words("bob.smith_7@x.example") == Words{"bob", "smith"});
    CHECK(words("undisclosed-recipients:;").empty());
    CHECK(words("山田太郎 <t@x.example>") == Words{"山田太郎"});
}

TEST_CASE("a message has a bounded number of fingerprints")
{
    Content content;
    for (int i = 0; i < 500; ++i) {
        File one;
        one.path = std::to_string(i);
        one.is_attachment = true;
        one.size = 9999;
        one.sha256[0] = static_cast<std::uint8_t>(i);
        one.sha256[1] = static_cast<std::uint8_t>(i >> 8);
        content.files.push_back(one);
        Body body;
        body.path = one.path;
        body.visible = std::string{offer} + one.path;
        content.bodies.push_back(body);
    }
    CHECK(fingerprints_of(content, {}).size() == 24);
}

TEST_CASE("fingerprints can be kept as octets, and what is none is refused")
{
    auto text = print(offer);
    auto picture
        = Fingerprint{.kind = Fingerprint::Kind::picture, .path = {}, .exact = {3, 4}, .look = 5};
    auto file = Fingerprint{.kind = Fingerprint::Kind::file, .path = {}, .exact = {1, 2}};
    const std::vector<Fingerprint> all{text, picture, file};
    const auto octets = encode(all);
    CHECK(octets.size() == 85 + 25 + 17);
    const auto again = decode_fingerprints(octets);
    REQUIRE(again);
    REQUIRE(again->size() == 3);
    CHECK(resemblance((*again)[0], text) == 1);
    CHECK((*again)[0].shingles == text.shingles);
    CHECK((*again)[1].look == 5);
    CHECK((*again)[2].exact == file.exact);
    CHECK(decode_fingerprints("")->empty());
    for (std::size_t size = 1; size < octets.size(); ++size)
        if (size != 85 && size != 110)
            CHECK_FALSE(decode_fingerprints(octets.substr(0, size)));
    CHECK_FALSE(decode_fingerprints("\3" + octets));
}
