// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/message.hpp"

#include <array>
#include <string>
#include <string_view>

/// Messages made to be slow to read.
namespace hostile {
inline std::string repeated(std::string_view piece, std::size_t size)
{
    std::string out;
    out.reserve(size + piece.size());
    while (out.size() < size)
        out += piece;
    return out;
}

/// Pieces with a number of their own, so that nothing is seen twice.
inline std::string counted(std::string_view head, std::string_view tail, std::size_t size)
{
    std::string out;
    out.reserve(size + 64);
    for (std::size_t i = 0; out.size() < size; ++i)
        ((out += head) += std::to_string(i)) += tail;
    return out;
}

inline constexpr std::string_view text = "\r\n", html = "Content-Type: text/html\r\n\r\n",
                                  mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
                                  base64
    = "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n";

struct Hostile {
    std::string_view name, head, piece, tail = {};
    bool is_counted = false;
};
inline const std::string part_of_text = "--b\r\n\r\n"
    + repeated("Plain words to read, line by line, as people write them.\r\n", 50'000);
inline const std::string part_of_html = "--b\r\nContent-Type: text/html\r\n\r\n"
    + repeated("<p>Plain <b>words</b> to read.</p>\r\n", 50'000);

inline const std::array<Hostile, 50> all{{
    {"one_link_again", text, "a.bb "},
    {"names", text, "a", ".bb ", true},
    {"odd_names", text, "a.q", " ", true},
    {"urls", text, "http://x", ".net/a?b=c ", true},
    {"international", text, "http://あ", ".jp ", true},
    {"brackets", text, "http://x/((("},
    {"parts_of_links", mixed, "--b\r\n\r\na", ".com b.com c.com d.com e.com f.com\r\n", true},
    {"html_links", html, "<a href=http://x", ".net>", true},
    {"html_one_link", html, "<a href=http://x.net>x</a>"},
    {"html_formatting", html, "<p><b>"},
    {"html_deep", html, "<b><div></b>"},
    {"html_styles", html, "<p style='color:#fff;background:url(x)'>"},
    {"html_sheet", html, "<style>.a,.b{color:red}</style><p class='a b c'>"},
    {"html_references", html, "&Counterclockwis"},
    {"html_comments", html, "<!--[if mso]><a href=x>-->"},
    {"html_in_files", mixed, "--b\r\nContent-Type: a/b\r\n\r\n<html><a href=http://x", ".net>\r\n",
     true},
    {"boundaries", mixed, "--b\r\n"},
    {"near_boundaries", mixed, "--bx\r\n"},
    {"dashes", mixed, "--\r\n"},
    {"containers", mixed, "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"},
    {"inner_messages", mixed, "--b\r\nContent-Type: message/rfc822\r\n\r\n"},
    {"uuencode", text, "begin 644 a\r\n`\r\nend\r\n"},
    {"uuencode_open", text, "begin 644 a\r\n"},
    {"base64", base64, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5\r\n"},
    {"base64_padding", base64, "QQ==QUJD"},
    {"base64_noise", base64, "Q!U$J%D"},
    {"quoted", "Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=41=\r\n=3"},
    {"escapes", "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\x1B$B$3\x1B(B"},
    {"lies", "Content-Type: text/plain; charset=shift_jis\r\n\r\n", "\xFF\xFE\x81"},
    {"undeclared", text, "\xA4\xB3\x82\xA0"},
    {"utf7", "Content-Type: text/plain; charset=utf-7\r\n\r\n", "+MEI-"},
    {"rtf", "Content-Type: a/b\r\n\r\n{\\rtf1", "{\\object"},
    {"pdf", "Content-Type: a/b\r\n\r\n%PDF-1.4\n", "1 0 obj<</URI(http://a.net)>>endobj "},
    {"zip", "Content-Type: a/b\r\n\r\n", "PK\x03\x04PK\x01\x02"},
    {"svg", "Content-Type: a/b\r\n\r\n<svg>", "<a href='http://x.net'/>"},
    {"one_letter", text, "a"},
    {"blanks", text, " "},
    {"dots", text, "."},
    {"digits", text, "0"},
    {"angles", text, "<"},
    {"empty_lines", text, "\r\n"},
    {"folded", "Subject: x\r\n", " a\r\n"},
    {"fields", "X-", "a: b\r\n"},
    {"hops", "Received: by a;\r\n", "Received: from a (b [192.0.2.1]) by c with SMTP id d; e\r\n"},
    {"addresses", "To: a@example.org", ",\r\n \"x\" <a@b.net>"},
    {"encoded", "Subject: x", "\r\n =?utf-8?b?44GC?="},
    {"kana", text, "あいう"},
    {"parts_of_text", mixed, part_of_text},
    {"parts_of_html", mixed, part_of_html},
    {"words", text, "Plain words to read, line by line, as people write them.\r\n"},
}};

inline mail::Message message(const Hostile& input, std::size_t size)
{
    return mail::Message::from_text("From: a@example.org\r\n" + std::string{input.head}
                                    + (input.is_counted ? counted(input.piece, input.tail, size)
                                                        : repeated(input.piece, size)));
}
}
