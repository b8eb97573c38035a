// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/text_links.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using filters::rulebook::find_text_links;

TEST_CASE("links of running text end where SpamAssassin's do")
{
    using Links = std::vector<std::string>;
    struct Row {
        std::string_view text;
        Links links;
    };
    const auto row = GENERATE(values<Row>({
        {"see http://host.com/x?y=z#a, please", {"http://host.com/x?y=z#a"}},
        {"(https://host.com/a(b)", {"https://host.com/a(b"}},
        {"<http://192.0.2.1/x>", {"http://192.0.2.1/x"}},
        {"http://word and http://localhost/x", {"http://word"}},
        {"https://word ftp://word https://host.com", {"https://host.com"}},
        {"http://host.nosuchtop/ http://host.com;x", {}},
        {"http://user:word@host.com/x", {"http://user:word@host.com/x"}},
        {"xhttp://host.com", {"http://host.com"}},
        {"www.host.com, ftp.host.com/x", {"http://www.host.com", "ftp://ftp.host.com/x"}},
        {"www.nosuch.nosuchtop", {}},
        {"host.com", {"http://host.com"}},
        {"host.com.", {"http://host.com"}},
        {"host.com:80/x y", {"http://host.com:80/x"}},
        {"\"host.com\" <other.com>", {"http://host.com", "http://other.com"}},
        {"host.com, (host.com) host.com! host.com/", {}},
        {"#host.com a/host.org", {"http://host.com", "http://host.org"}},
        {"-host.com _host.com .host.com my_host.com host..com", {}},
        {"192.0.2.1 file.nosuchtop", {}},
        {"joe@host.com, <jim@host.com>.", {"mailto:joe@host.com", "mailto:jim@host.com"}},
        {"mailto:joe@host.com?subject=x", {"mailto:joe@host.com?subject=x"}},
        {"joe@host.com/x joe@host.nosuchtop joe@192.0.2.1", {}},
        {"a+b=c@host.com", {"mailto:a+b=c@host.com"}},
        {"host.com\xC2\xA0now", {"http://host.com"}},
        {"", {}},
        {"@", {}},
        {"http://", {}},
    }));
    INFO(row.text);
    CHECK(find_text_links(row.text, 100) == row.links);
}

TEST_CASE("no text makes the search for links slow, and there is a limit")
{
    const auto row = GENERATE(values<std::string_view>(
        {"www.", "http://", "a@", "a.", "@", "mailto:", "a:", "x.com/", "www.a@", "a-", "%"}));
    std::string text;
    constexpr std::size_t size = 500'000;
    while (text.size() < size)
        text += row;
    const auto start = std::chrono::steady_clock::now();
    CHECK(find_text_links(text, 10).size() <= 10);
    find_text_links(text, size);
    INFO(row);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
}
