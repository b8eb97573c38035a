// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/warm_up.hpp"

#include "filters/content/link_signs.hpp"
#include "filters/scan/codec.hpp"
#include "filters/scan/examine.hpp"

#include <array>

namespace filters {
namespace {
constexpr std::string_view boundary = "--part\r\n";

constexpr std::array<std::string_view, 16> charsets{
    "utf-8",  "utf-16le", "utf-7",  "iso-2022-jp",  "shift_jis",    "euc-jp",       "gb18030",
    "big5",   "euc-kr",   "koi8-r", "windows-1251", "windows-1252", "windows-1258", "iso-8859-1",
    "x-none", "",
};

constexpr std::string_view page
    = "Content-Type: text/html; charset=utf-8\r\n\r\n"
      "<html><body style=\"color:#fff\"><a href=\"http://xn--bcher-kva.example/%41\">"
      "www.b\xD0\xB0nk.example</a> &Auml; <form action=http://192.0.2.1/></form>\r\n";
constexpr std::string_view document
    = "Content-Type: application/pdf\r\n\r\n%PDF-1.4\n"
      "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
      "trailer<</Root 1 0 R>>\n%%EOF\r\n";
/// A zip with one entry whose name is not ASCII, and a picture of 32 by 32 dots.
constexpr std::string_view archive
    = "Content-Type: application/zip; name*=utf-8''%E5%A0%B1.zip\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n"
      "UEsDBBQAAAgIAFZAdl2kIiHCCgAAAGQAAAAKAAAA5aCx5ZGKLnR4dCtJrShRKKEtAQBQSwECFAMU\r\n"
      "AAAICABWQHZdpCIhwgoAAABkAAAACgAAAAAAAAAAAAAAgAEAAAAA5aCx5ZGKLnR4dFBLBQYAAAAA\r\n"
      "AQABADgAAAAyAAAAAAA=\r\n";
constexpr std::string_view picture
    = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAAAAABWESUoAAAAI0lEQVR4nGNgAIL/QICPprWCgbYf\r\n"
      "BgbaHQNt/2g4jIYDGg0AIcT+EKPCM8AAAAAASUVORK5CYII=\r\n";

mail::Message something_of_everything()
{
    std::string text = "From: =?iso-2022-jp?B?GyRCJUYbKEI=?= <a@sub.example.co.jp>\r\n"
                       "Subject: =?utf-8?Q?=E5=A0=B1?=\r\nMIME-Version: 1.0\r\n"
                       "Content-Type: multipart/mixed; boundary=part\r\n\r\n";
    for (const auto charset : charsets) {
        text += boundary;
        text += "Content-Type: text/plain";
        text += charset.empty() ? "" : "; charset=";
        text += charset;
        text += "\r\n\r\nhttp://example.co.jp/ \xE5\xA0\xB1\x83\x65\xA5\xC6\xA4\xC6\r\n";
    }
    for (const auto part : {page, document, archive, picture}) {
        text += boundary;
        text += part;
    }
    return mail::Message::from_text(text + "--part--\r\n");
}
}

void warm_up(const ContentLayers& layers)
{
    const auto scanned = examine(something_of_everything(), named(layers), {.is_timed = true});
    content::link_signs(scanned.content.links, content::ProtectedNames{{"bank.example"}}, 10);
    decode(encode(scanned)); // its tables of names
}
}
