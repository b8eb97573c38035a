// SPDX-License-Identifier: Apache-2.0
#include "filters/content/url.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

namespace {
std::string parsed(std::string_view written, const Url* base = nullptr)
{
    const auto url = parse_url(written, base);
    return url ? url->to_string() : "-";
}
}

TEST_CASE("links are read as browsers read them")
{
    const auto [written, expected] = GENERATE(table<std::string_view, std::string_view>({
        {"HTTP://User:pw@Example.COM:80/a/../b?x y#z", "http://example.com/b?x%20y#z"},
        {"  https://exa\tmple.com\n/  ", "https://example.com/"},
        {"http:\\\\example.com\\a\\b", "http://example.com/a/b"},
        {"https:example.com", "https://example.com/"},
        {"https:////example.com//x", "https://example.com//x"},
        {"http://example.com.", "http://example.com/"},
        {"http://%65xample.com", "http://example.com/"},
        {"http://ｅｘａｍｐｌｅ．com/", "http://example.com/"},
        {"http://exa\u00ADmple.com/", "http://example.com/"},
        {"http://日本語.jp/あ", "http://xn--wgv71a119e.jp/%E3%81%82"},
        {"http://BÜCHER.de", "http://xn--bcher-kva.de/"},
        {"http://straße.de", "http://xn--strae-oqa.de/"},
        {"http://0x7f.1/", "http://127.0.0.1/"},
        {"http://3232235777", "http://192.168.1.1/"},
        {"http://017700000001", "http://127.0.0.1/"},
        {"http://192.0.2.1.", "http://192.0.2.1/"},
        {"http://[2001:DB8::0:1]:8080/", "http://[2001:db8::1]:8080/"},
        {"http://[::ffff:1.2.3.4]", "http://[::ffff:102:304]/"},
        {"http://a@b@evil.example/", "http://evil.example/"},
        {"http://x/%2e%2E/a/./b/.", "http://x/a/b/"},
        {"http://x?q", "http://x/?q"},
        {"mailto:a@b.example?subject=x", "mailto:a@b.example?subject=x"},
        {"javascript:alert(1)", "javascript:alert(1)"},
        {"data:text/html,<b>", "data:text/html,<b>"},
        {"file:///C|/x/../..", "file:///C:/"},
        {"foo://Bar/x\\y", "foo://Bar/x\\y"},
        {"foo:/..//x", "foo:/.//x"},
        {"http://", "-"},
        {"http://a b/", "-"},
        {"http://a<b/", "-"},
        {"http://1.2.3.4.5/", "-"},
        {"http://256.1/", "http://-"},
        {"http://x:99999/", "-"},
        {"http://x:8a/", "-"},
        {"http://[::1", "-"},
        {"http://xn--a/", "-"},
        {"//example.com", "-"},
        {"www.example.com", "-"},
        {"", "-"},
    }));
    INFO(written);
    if (expected == "http://-")
        CHECK(parsed(written) == "-");
    else
        CHECK(parsed(written) == expected);
}

TEST_CASE("relative links are resolved against their base")
{
    const auto base = parse_url("https://a.example/b/c?d#e");
    REQUIRE(base);
    const auto [written, expected] = GENERATE(table<std::string_view, std::string_view>({
        {"x", "https://a.example/b/x"},
        {"/x", "https://a.example/x"},
        {"\\x", "https://a.example/x"},
        {"//o.example/x", "https://o.example/x"},
        {"\\\\o.example/x", "https://o.example/x"},
        {"../../x", "https://a.example/x"},
        {"?q", "https://a.example/b/c?q"},
        {"#f", "https://a.example/b/c?d#f"},
        {"", "https://a.example/b/c?d"},
        {"https:x", "https://a.example/b/x"},
        {"http:x", "http://x/"},
        {"mailto:x", "mailto:x"},
    }));
    INFO(written);
    CHECK(parsed(written, &*base) == expected);
    const auto opaque = parse_url("mailto:a");
    CHECK(parsed("x", &*opaque) == "-");
    CHECK(parsed("#f", &*opaque) == "mailto:a#f");
}

TEST_CASE("what makes a link suspicious is noted")
{
    CHECK(parse_url("http://bank.example@evil.example/")->has_user_info);
    CHECK_FALSE(parse_url("http://bank.example/@evil")->has_user_info);
    CHECK(parse_url("http://192.0.2.1/")->is_address);
    CHECK_FALSE(parse_url("http://192.0.2.1/")->is_odd_address);
    CHECK(parse_url("http://0xC0000201/")->is_odd_address);
    CHECK(parse_url("http://192.0.513/")->is_odd_address);
    CHECK(parse_url("http://a.xn--wgv71a119e.jp/")->is_punycode);
    CHECK(parse_url("http://日本語.jp/")->is_punycode);
    CHECK_FALSE(parse_url("http://日本語.jp/")->is_odd_host);
    CHECK_FALSE(parse_url("http://BÜCHER.de/")->is_odd_host);
    CHECK(parse_url("http://ex%61mple.com/")->is_odd_host);
    CHECK(parse_url("http://ｅxample.com/")->is_odd_host);
    CHECK(parse_url("http://exa\u00ADmple.com/")->is_odd_host);
    CHECK(parse_url("http://example。com/")->is_odd_host);
}

TEST_CASE("the registrable part of a host")
{
    CHECK(parse_url("http://a.b.co.jp/")->registrable() == "b.co.jp");
    CHECK(parse_url("http://co.jp/")->registrable() == "co.jp");
    CHECK(parse_url("http://10.1.2.3/")->registrable() == "10.1.2.3");
    CHECK(parse_url("http://localhost/")->registrable() == "localhost");
}

TEST_CASE("links in plain text are found as people and mail programs find them")
{
    const auto [text, expected] = GENERATE(table<std::string_view, std::string_view>({
        {"see http://a.example/x.", "http://a.example/x"},
        {"(http://a.example/x)", "http://a.example/x"},
        {"http://a.example/x_(y)", "http://a.example/x_(y)"},
        {"<http://a.example/x>", "http://a.example/x"},
        {"\"http://a.example/x\"", "http://a.example/x"},
        {"http://a.example/x?y=1&z=[2],", "http://a.example/x?y=1&z=[2]"},
        {"こちらhttps://a.example/xをご覧ください", "https://a.example/x"},
        {"「https://a.example/x」", "https://a.example/x"},
        {"https://a.jpを見て", "https://a.jp"},
        {"https://日本語.jp/x", "https://日本語.jp/x"},
        {"http://a.example。次", "http://a.example"},
        {"HTTP://A.EXAMPLE", "HTTP://A.EXAMPLE"},
        {"xhttp://a.example", "http://a.example"},
        {"ftp://f.example/", "ftp://f.example/"},
        {"http://user:pw@a.example/", "http://user:pw@a.example/"},
        {"http://192.0.2.1:8080/x", "http://192.0.2.1:8080/x"},
        {"http://[2001:db8::1]/x", "http://[2001:db8::1]/x"},
        {"http://a.example\\x", "http://a.example\\x"},
        {"www.example.com/x!", "http://www.example.com/x"},
        {"go to evil-bank.com/login now", "http://evil-bank.com/login"},
        {"evil-bank.com:8080/x", "http://evil-bank.com:8080/x"},
        {"at example.co.jp.", "http://example.co.jp"},
        {"EXAMPLE.COM", "http://EXAMPLE.COM"},
        {"see notes.md and run setup.sh", ""},
        {"see git.io/x and foo.sh/y", "http://git.io/x http://foo.sh/y"},
        {"mail bob@example.com or a.b@c.com", ""},
        {"the end.In the beginning", ""},
        {"e.g. a.m. 1.5 3.14.com.x U.S.A. i.e.", ""},
        {"/usr/lib/example.com", ""},
        {"hxxp://a.test[.]com", ""},
        {"http:// nothing http://", ""},
        {"a..com -x.com", "http://x.com"},
    }));
    INFO(text);
    std::string found;
    for (const auto& url : find_urls(text, 100)) {
        found += (found.empty() ? "" : " ") + url.written;
        CHECK(url.written.ends_with(text.substr(url.offset, url.length)));
    }
    CHECK(found == expected);
}

TEST_CASE("no more links are found than the limit")
{
    CHECK(find_urls("aa.com bb.com cc.com", 2).size() == 2);
    CHECK(find_urls("aa.com aa.com aa.com bb.com", 2).size() == 2);
}
