// SPDX-License-Identifier: Apache-2.0
#include "filters/content/html_tokenizer.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

namespace {
/// Tokens in short: text as it is, "<a x=1>", "</a>", "<!comment>", "<!!doctype>".
std::string tokens(std::string_view html, bool is_foreign = false)
{
    HtmlTokenizer tokenizer{html, 4};
    tokenizer.set_foreign(is_foreign);
    std::string out;
    for (auto* token = &tokenizer.next(); token->kind != HtmlToken::Kind::finish;
         token = &tokenizer.next()) {
        switch (token->kind) {
        case HtmlToken::Kind::text:
            out += token->text;
            break;
        case HtmlToken::Kind::start:
            out += "<" + token->name;
            for (const auto& attribute : token->attributes)
                out += " " + std::string{attribute.name} + "=" + std::string{attribute.value};
            out += token->is_self_closing ? "/>" : ">";
            if (token->name == "script")
                tokenizer.set_mode(HtmlTokenizer::Mode::script);
            else if (token->name == "title")
                tokenizer.set_mode(HtmlTokenizer::Mode::rcdata);
            else if (token->name == "style")
                tokenizer.set_mode(HtmlTokenizer::Mode::rawtext);
            break;
        case HtmlToken::Kind::end:
            out += "</" + token->name + ">";
            break;
        case HtmlToken::Kind::comment:
            out += "<!" + std::string{token->text} + ">";
            break;
        default:
            out += "<!!" + std::string{token->text} + ">";
        }
    }
    return out;
}
}

TEST_CASE("tags are read as browsers read them")
{
    const auto [html, expected] = GENERATE(table<std::string_view, std::string_view>({
        {"<A HREF=x>y</A>", "<a HREF=x>y</a>"},
        {"<a href = 'x y' b>", "<a href=x y b=>"},
        {"<a href=x/>", "<a href=x/>"},
        {"<a href=x />", "<a href=x/>"},
        {"<a/href=x/y=z>", "<a href=x/y=z>"},
        {"<a =b=c>", "<a =b=c>"},
        {"<a href=\"x\"b='y'>", "<a href=x b=y>"},
        {"<a href=>x", "<a href=>x"},
        {"<a\fhref\n=\t\"x\">", "<a href=x>"},
        {"<a href=\"x", ""},
        {"1<2 <3 <", "1<2 <3 <"},
        {"a</>b</ x>c</", "ab<! x>c</"},
        {"<?php x>y", "<!?php x>y"},
        {"<a<b>c", "<a<b>c"},
    }));
    CHECK(tokens(html) == expected);
}

TEST_CASE("comments end where browsers end them")
{
    const auto [html, expected] = GENERATE(table<std::string_view, std::string_view>({
        {"<!-- a -->b", "<! a >b"},
        {"<!-->a", "<!>a"},
        {"<!--->a", "<!>a"},
        {"<!---->a", "<!>a"},
        {"<!--a--!>b", "<!a>b"},
        {"<!--a--->b", "<!a->b"},
        {"<!--a--!-->b", "<!a--!>b"},
        {"<!--a-- >b-->c", "<!a-- >b>c"},
        {"<!--a", "<!a>"},
        {"<!--a--", "<!a>"},
        {"<!a>b", "<!a>b"},
        {"<!DocType html>b", "<!! html>b"},
        {"<![CDATA[x]]>y", "<![CDATA[x]]>y"},
    }));
    CHECK(tokens(html) == expected);
}

TEST_CASE("a CDATA section is text in SVG")
{
    CHECK(tokens("<![CDATA[<b>x]]>y", true) == "<b>xy");
    CHECK(tokens("<![CDATA[x", true) == "x");
}

TEST_CASE("the content of scripts, styles and titles is text up to their own end tag")
{
    const auto [html, expected] = GENERATE(table<std::string_view, std::string_view>({
        {"<style><b></styles></STYLE >x", "<style><b></styles></style>x"},
        {"<title>a<b></title/>x", "<title>a<b></title>x"},
        {"<script>a</script>b", "<script>a</script>b"},
        {"<script><!-- </script>b", "<script><!-- </script>b"},
        {"<script><!-- <script> </script> <b> --></script>c",
         "<script><!-- <script> </script> <b> --></script>c"},
        {"<script><!--> <script></script><b>", "<script><!--> <script></script><b>"},
        {"<title>never <b>ends", "<title>never <b>ends"},
    }));
    CHECK(tokens(html) == expected);
}

TEST_CASE("a tag keeps its first attributes and says that there were more")
{
    HtmlTokenizer tokenizer{"<a b=1 c=2 B=3>", 2};
    const auto& token = tokenizer.next();
    CHECK(token.attributes.size() == 2);
    CHECK(token.is_over_limit);
    REQUIRE(token.find("b") != nullptr);
    CHECK(token.find("b")->value == "1");
    CHECK(token.find("d") == nullptr);
}
