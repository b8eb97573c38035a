// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/html_text.hpp"

#include <catch2/catch.hpp>

TEST_CASE("text stays text in HTML")
{
    struct {
        std::string_view text, html;
    } const table[] = {
        {"", ""},
        {"会議 a\tb\n", "会議 a\tb\n"},
        {"<a href=\"x\" title='y'>&amp;",
         "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;"},
        {"\r\x1B\x7F", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (const auto& [text, html] : table)
        CHECK(mail::escaped_html(text) == html);
}
