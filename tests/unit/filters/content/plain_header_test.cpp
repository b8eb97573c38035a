// SPDX-License-Identifier: Apache-2.0
#include "filters/content/plain_header.hpp"

#include "filters/content/mime.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

TEST_CASE("what only some programs understand is not plainly written")
{
    const auto [header, is_plain] = GENERATE(table<std::string, bool>({
        {"", true},
        {"Content-Type: text/plain; charset=utf-8; name=\"a(1).txt\"", true},
        {"Content-Transfer-Encoding: base64", true},
        {"Content-Transfer-Encoding: Quoted-Printable ", true},
        {"Content-Transfer-Encoding: base64 (x)", false},
        {"Content-Transfer-Encoding: base 64", false},
        {"Content-Transfer-Encoding: x-uuencode", false},
        {"Content-Type: multipart/mixed; boundary=b", true},
        {"Content-Type: Multipart/Mixed;\r\n\tboundary=\"b\"", true},
        {"Content-Type: multipart/mixed; charset=utf-8; boundary=b;", true},
        {"Content-Type: multipart/mixed (x); boundary=b", false},
        {"Content-Type: multipart/mixed; boundary=(y) b", false},
        {"Content-Type: multipart/mixed; boundary=\"\\b\"", false},
        {"Content-Type: multipart/mixed; boundary*=us-ascii''b", false},
        {"Content-Type: multipart/mixed; boundary*0=b", false},
        {"Content-Type: multipart/mixed; =; boundary=b", false},
        {"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64", false},
        {"Content-Type: message/rfc822", true},
        {"Content-Type: message/rfc822; name=\"a.eml\"", true},
        {"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64", false},
    }));
    INFO(header);
    const auto text = header + (header.empty() ? "\r\n" : "\r\n\r\n") + "--b\r\n\r\nx\r\n--b--\r\n";
    const auto structure = parse_mime(text, Limits{});
    REQUIRE_FALSE(structure.parts.empty());
    CHECK(is_plainly_written(structure.parts.front()) == is_plain);
}
