// SPDX-License-Identifier: Apache-2.0
// What html_tokens.mjs and urls.mjs compare with others: tokens of HTML files, or parsed URLs.
//   content_oracle html FILE...    one line of JSON a token, "=== FILE" before each file
//   content_oracle url             a URL a line on standard input; a line "href" or "-" each
#include "filters/content/character_reference.hpp"
#include "filters/content/html_tokenizer.hpp"
#include "filters/content/url.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>

namespace {
using namespace filters::content;

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (octet < 0x20)
            ((out += "\\u00") += digits[octet >> 4]) += digits[octet & 15];
        else
            out += c;
    }
    return out + '"';
}

std::string decoded(std::string_view text, ReferencePlace place)
{
    std::string out;
    append_decoded(out, text, place);
    return out;
}

void set_mode(HtmlTokenizer& tokenizer, std::string_view name)
{
    using Mode = HtmlTokenizer::Mode;
    if (name == "title" || name == "textarea")
        tokenizer.set_mode(Mode::rcdata);
    else if (name == "script")
        tokenizer.set_mode(Mode::script);
    else if (name == "plaintext")
        tokenizer.set_mode(Mode::plaintext);
    else if (name == "style" || name == "xmp" || name == "iframe" || name == "noembed"
             || name == "noframes")
        tokenizer.set_mode(Mode::rawtext);
}

void print_start(const HtmlToken& token)
{
    std::string out = "[\"start\"," + quoted(token.name);
    std::set<std::string> names;
    for (const auto& attribute : token.attributes) {
        std::string name{attribute.name};
        for (char& c : name)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        if (names.insert(name).second)
            out += "," + quoted(name) + ","
                + quoted(decoded(attribute.value, ReferencePlace::attribute));
    }
    std::puts((out + "]").c_str());
}

void print_tokens(const std::string& html)
{
    HtmlTokenizer tokenizer{html, 1'000'000};
    std::string text;
    const auto flush = [&] {
        if (!text.empty())
            std::puts(("[\"text\"," + quoted(text) + "]").c_str());
        text.clear();
    };
    while (true) {
        const auto& token = tokenizer.next();
        if (token.kind == HtmlToken::Kind::text) {
            text += token.has_references ? decoded(token.text, ReferencePlace::text)
                                         : std::string{token.text};
            continue;
        }
        flush();
        if (token.kind == HtmlToken::Kind::finish)
            return;
        if (token.kind == HtmlToken::Kind::start) {
            print_start(token);
            set_mode(tokenizer, token.name);
        } else if (token.kind == HtmlToken::Kind::end)
            std::puts(("[\"end\"," + quoted(token.name) + "]").c_str());
        else if (token.kind == HtmlToken::Kind::comment)
            std::puts(("[\"comment\"," + quoted(token.text) + "]").c_str());
        else
            std::puts("[\"doctype\"]");
    }
}

std::string with_line_feeds(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r')
            out += text[i];
        else if (i + 1 == text.size() || text[i + 1] != '\n')
            out += '\n';
    return out;
}
}

int main(int argc, char** argv)
{
    const std::string_view what = argc > 1 ? argv[1] : "";
    if (what == "html")
        for (int i = 2; i < argc; ++i) {
            std::ifstream in{argv[i], std::ios::binary};
            const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
            std::printf("=== %s\n", argv[i]);
            print_tokens(with_line_feeds(bytes));
        }
    else if (what == "url")
        for (std::string line; std::getline(std::cin, line);) {
            const auto url = parse_url(line);
            std::puts(url ? url->to_string().c_str() : "-");
        }
    else
        return 2;
}
