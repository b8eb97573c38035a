// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
Findings inspect(std::string_view text)
{
    World world;
    const auto& type = type_named("composition");
    const auto layer = type.make_content(world.read(type, ""), world.services);
    REQUIRE(layer->is_needed());
    world.receives(text);
    auto found = layer->inspect(world.mail.message, content::analyse(world.mail.message, {}));
    CHECK(all_declared(found, "composition"));
    return found;
}
Findings of_text(std::string_view text, std::string_view subject = "s")
{
    return inspect("Subject: " + std::string{subject} + "\r\nMIME-Version: 1.0\r\n"
                   + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + std::string{text}
                   + "\r\n");
}
Findings of_html(std::string_view html)
{
    return inspect("Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
                   "\r\n"
                   + std::string{html} + "\r\n");
}
std::string repeated(std::string_view text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}
}

TEST_CASE("composition: plain correspondence says nothing")
{
    CHECK(of_text("Dear Bob,\r\n\r\nsee you tomorrow!\r\n-- \r\nAnn").empty());
    CHECK(of_text("").empty());
    CHECK(inspect("").empty());
}

TEST_CASE("composition: HTML alone, pictures for words, one link")
{
    CHECK(names(of_html("<p>" + repeated("some words ", 60))) == Names{"composition.only_html"});
    CHECK(names(of_html("<a href='https://a.example/'><img src='https://a.example/x.png'></a>"))
          == Names{"composition.only_html", "composition.picture_only", "composition.few_words",
                   "composition.one_site"});
    CHECK(names(of_text("look: https://a.example/")) == Names{"composition.few_words"});
    std::string many = repeated("words of it ", 60);
    for (int i = 0; i < 6; ++i)
        many += " https://site" + std::to_string(i) + ".example/";
    CHECK(names(of_text(many)) == Names{"composition.many_sites"});
}

TEST_CASE("composition: forms, scripts and hidden text")
{
    const auto words = repeated("some words ", 60);
    CHECK(names(of_html(words + "<form><input type=password></form><script>x</script>"))
          == Names{"composition.only_html", "composition.form", "composition.password",
                   "composition.script"});
    CHECK(names(of_html(words + "<div style='display:none'>" + words + "</div>"))
          == Names{"composition.only_html", "composition.hidden_text"});
    CHECK(names(of_html(words + "<div style='display:none'>a preview text</div>"))
          == Names{"composition.only_html"});
}

TEST_CASE("composition: a long text is told")
{
    CHECK(names(of_text(repeated("so many words of text ", 400)))
          == Names{"composition.long_text"});
}

TEST_CASE("composition: disguised words")
{
    CHECK(names(of_text("x", "Pay\u200BPal")) == Names{"composition.broken_words"});
    CHECK(names(of_text("a\u200Bcc v\u2060er pas\u200Bs")) == Names{"composition.broken_words"});
    CHECK(of_text("just one a\u200Bcc").empty());
    CHECK(names(of_text("x", "Аmаzоn")) == Names{"composition.mixed_letters"});
    CHECK(names(of_text("x", "𝐏𝐚𝐲")) == Names{"composition.styled_letters"});
}

TEST_CASE("composition: excess of decoration")
{
    CHECK(names(of_text("x", "🎁 gift")) == Names{"composition.subject_symbols"});
    CHECK(names(inspect("From: 🎁 gift <a@a.example>\r\n\r\nx"))
          == Names{"composition.name_symbols"});
    CHECK(names(of_text(repeated("★ now ", 12))) == Names{"composition.symbols"});
    CHECK(names(of_text(repeated("━━━━━━\r\nnow and then some words of text\r\n", 5)))
          == Names{"composition.ornaments"});
    CHECK(names(of_text(repeated("BUY NOW AND ", 20))) == Names{"composition.capitals"});
    CHECK(names(of_text(repeated("buy! ", 6))) == Names{"composition.exclamations"});
    CHECK(names(of_text("a" + repeated("\r\n", 30) + "b")) == Names{"composition.gap"});
}

TEST_CASE("composition: text that is encoded without need")
{
    CHECK(names(of_text("x", "=?utf-8?Q?Hello?=")) == Names{"composition.encoded_subject"});
    CHECK(of_text("x", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=").empty());
    CHECK(names(inspect("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                        "aGVsbG8gd29ybGQ=\r\n"))
          == Names{"composition.encoded_ascii"});
}

TEST_CASE("composition: an attachment and no text")
{
    CHECK(names(inspect("Content-Type: application/pdf; name=a.pdf\r\n"
                        "Content-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF-1.4\r\n"))
          == Names{"composition.attachment_only"});
}
