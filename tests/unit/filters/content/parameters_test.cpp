// SPDX-License-Identifier: Apache-2.0
#include "filters/content/parameters.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;
using std::string_view_literals::operator""sv;

namespace {
using Readings = std::vector<std::string_view>;
std::string one(std::string_view raw, std::string_view name)
{
    return std::string{parse_parameters(raw).find(name)};
}
bool has(const Parameterised& read, std::string_view oddity)
{
    for (const auto& odd : read.oddities)
        if (odd.name == oddity)
            return true;
    return false;
}
}

TEST_CASE("a value stands in lower case without comments and blanks")
{
    CHECK(parse_parameters(" Text/HTML; charset=utf-8").value == "text/html");
    CHECK(parse_parameters(" text (a (nested \\) one)) / plain (b)").value == "text/plain");
    CHECK(parse_parameters("").value == "");
    CHECK(parse_parameters("; a=b").value == "");
    CHECK(parse_parameters("\r\n multipart/mixed;\r\n\tboundary=x").value == "multipart/mixed");
}

TEST_CASE("parameters are read as RFC 2045 writes them and as senders do")
{
    const auto read = parse_parameters("a/b; Name=\"x; \\\"y\\\".txt\" ; B=c(comment) ;;d = e ; f");
    CHECK(read.find("name") == "x; \"y\".txt");
    CHECK(read.find("b") == "c");
    CHECK(read.find("d") == "e");
    CHECK(has(read, "malformed"));
    CHECK(one("a/b; charset=us-ascii (Plain text)", "charset") == "us-ascii");
    CHECK(one("a/b; boundary=\"a\r\n b\"", "boundary") == "a b");
    CHECK(one("a/b; boundary==_x=y", "boundary") == "=_x=y");
    CHECK(one("attachment; filename=\"open", "filename") == "open");
    CHECK(one("attachment; filename=\"a\\", "filename") == "a\\");
    CHECK(one("attachment; filename=", "filename") == "");
    CHECK(parse_parameters("a/b; =x; \"\"=y").parameters.empty());
}

TEST_CASE("segments, charsets and percent signs of RFC 2231 are put together in order")
{
    CHECK(one("a; filename*=utf-8'en'%e2%82%ac%20rates.txt", "filename")
          == "\xE2\x82\xAC rates.txt");
    CHECK(one("a; filename*1*=%82.txt; filename*0*=utf-8''%e3%81", "filename")
          == "\xE3\x81\x82.txt");
    CHECK(one("a; filename*0=\"one \"; filename*1=two; filename*2*=%41", "filename") == "one twoA");
    CHECK(
        one("a; filename*0*=iso-2022-jp'ja'%1B$B; filename*1=\"F|\"; filename*2*=%1B(B", "filename")
        == "\xE6\x97\xA5");
    CHECK(one("a; filename*=no-quotes%41", "filename") == "no-quotesA");
    CHECK(one("a; filename*=nonsense''%e3%81%82", "filename") == "\xE3\x81\x82");
    CHECK(one("a; filename*=utf-8''%zz%4", "filename") == "%zz%4");
    CHECK(one("m; boundary*0=abc; boundary*1=def", "boundary") == "abcdef");
    const auto gap = parse_parameters("a; filename*0=invoice; filename*2=.exe");
    CHECK(gap.find_all("filename") == Readings{"invoice.exe", "invoice"});
    CHECK(has(gap, "malformed"));
    const auto twice = parse_parameters("a; filename*0=a; filename*1=.txt; filename*1=.exe");
    CHECK(twice.find("filename") == "a.txt");
    CHECK(has(twice, "ambiguous_name"));
}

TEST_CASE("names in RFC 2047 words and in raw octets are decoded")
{
    CHECK(one("a/b; name=\"=?utf-8?B?44GC?= =?utf-8?Q?=E3=81=84?=.txt\"", "name")
          == "\xE3\x81\x82\xE3\x81\x84.txt");
    CHECK(one("a/b; name==?iso-8859-1?Q?caf=E9?=", "name") == "caf\xC3\xA9");
    CHECK(one("a/b; name=\"=?iso-2022-jp?B?GyRCRnwbKEI=?=\r\n =?iso-2022-jp?B?GyRCS1wbKEI=?=\"",
              "name")
          == "\xE6\x97\xA5\xE6\x9C\xAC");
    CHECK(one("a/b; name=\"\xE3\x81\x82.txt\"", "name") == "\xE3\x81\x82.txt");
    CHECK(one("a/b; name=\"caf\xE9.txt\"", "name").starts_with("caf"));
}

TEST_CASE("every reading of an ambiguous value is given")
{
    const auto all = [](std::string_view raw, std::string_view name) {
        std::vector<std::string> copies;
        for (const auto text : parse_parameters(raw).find_all(name))
            copies.emplace_back(text);
        return copies;
    };
    using Copies = std::vector<std::string>;
    CHECK(all("m; boundary=a; boundary=b; boundary=a", "boundary") == Copies{"a", "b"});
    CHECK(all("a; filename=x.txt; filename*=utf-8''x.exe", "filename") == Copies{"x.exe", "x.txt"});
    CHECK(all("a; filename=my file.exe", "filename") == Copies{"my file.exe", "my"});
    CHECK(all("a; filename=report (1).pdf", "filename")
          == Copies{"report (1).pdf", "report .pdf", "report"});
    CHECK(all("a; filename=\"a.txt\".exe", "filename") == Copies{"a.txt.exe", "a.txt"});
    CHECK(all("m; boundary=\"a\0b\""sv, "boundary") == Copies{std::string("a\0b", 3), "a"});
    CHECK(all("m; boundary=\" a\"", "boundary") == Copies{" a", "a"});
    CHECK(all("m; boundary=\"=?us-ascii?Q?a?=\"", "boundary") == Copies{"=?us-ascii?Q?a?=", "a"});
    CHECK(has(parse_parameters("m; boundary=a; boundary=b"), "ambiguous_name"));
    CHECK(has(parse_parameters("a; filename=x.txt; filename*=utf-8''x.exe"), "ambiguous_name"));
    CHECK_FALSE(has(parse_parameters("a; filename=\"?.txt\"; filename*=utf-8''%e3%81%82.txt"),
                    "ambiguous_name"));
    CHECK_FALSE(has(parse_parameters("m; boundary=a; boundary=a"), "ambiguous_name"));
}

TEST_CASE("more parameters than the limit are not read, and that is said")
{
    std::string raw = "a";
    for (int i = 0; i < 150; ++i)
        raw += "; filename*" + std::to_string(i) + "=x";
    const auto read = parse_parameters(raw);
    CHECK(read.find("filename") == std::string(100, 'x'));
    CHECK(has(read, "over_limit"));
    CHECK(read.oddities.front().is_unscannable);
    const auto longest = parse_parameters("a; name=" + std::string(70'000, 'x'));
    CHECK(has(longest, "over_limit"));
}

TEST_CASE("hostile fields take linear time")
{
    for (const std::string_view unit : {"(", "\"", "\\", "(\\", "=?", "; a*0*=%", ";a=(", "\"("}) {
        std::string raw = "a; filename=";
        while (raw.size() < 60'000)
            raw += unit;
        CHECK(parse_parameters(raw).value == "a");
    }
}
