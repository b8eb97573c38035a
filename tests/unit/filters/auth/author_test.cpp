// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/author.hpp"
#include "gateway/mail/message.hpp"

#include <catch2/catch.hpp>

TEST_CASE("one parse says who the author is, whatever a From is made to look like")
{
    using namespace std::string_literals;
    struct Row {
        std::string header;
        std::string domain; ///< "" for nobody
        bool is_ambiguous;
    };
    const std::vector<Row> rows{
        {"From: Ann <ann@a.example>", "a.example", false},
        {"From: ann@a.example (ann at home)", "a.example", false},
        {"From: (eve@b.example) ann@a.example", "a.example", false},
        {"From: ann(eve@b.example)@a.example", "a.example", false},
        {"From: \"eve@b.example\" <ann@a.example>", "a.example", false},
        {"From: \"eve@b.example,\" <ann@a.example>", "a.example", false},
        {"From: =?utf-8?Q?eve=40b=2Eexample?= <ann@a.example>", "a.example", false},
        {"From:\r\n Ann\r\n <ann@a.example>", "a.example", false},
        {"fRoM: <@b.example:ann@a.example>", "a.example", false},
        {"From: ann@A.EXAMPLE", "a.example", false},
        {"From: Staff: ann@a.example, bob@a.example;", "a.example", false},
        {"From: ann@a.example, bob@A.example", "a.example", false},
        {"From: ann@a.example, eve@b.example", "", true},
        {"From: ann@a.example\r\nFrom: ann@a.example", "", true},
        {"From: ann@a.example\r\nfrom : eve@b.example", "", true},
        {"From: <ann@a.example> <eve@b.example>", "a.example", true},
        {"From: ann@[192.0.2.1]", "", true},
        {"From: ann@a.example\0.b.example"s, "", true},
        {"From: ann\0@a.example"s, "", true},
        {"From: ann@a.example (", "a.example", true},
        {"From: \x1b[2J <ann@a.example>", "a.example", true},
        {"From: =?utf-8?Q?ann=40a=2Eexample?=", "", true},
        {"From: <=?utf-8?Q?ann?=@a.example> x", "a.example", true},
        {"From: ", "", false},
        {"Sender: ann@a.example", "", false},
        {"X: y\r\n\r\nFrom: ann@a.example", "", false},
    };
    for (const auto& [header, domain, is_ambiguous] : rows) {
        const auto message = mail::Message::from_text(header + "\r\n\r\nbody\r\n");
        const auto author = filters::auth::author_of(message.header());
        INFO(header << " -> " << (author.domain ? author.domain->ascii() : "nobody") << ", "
                    << author.ambiguity);
        // Nobody, or one author whom nothing else can be taken for: no third thing.
        if (is_ambiguous)
            CHECK_FALSE(author.ambiguity.empty());
        else
            CHECK(author.ambiguity.empty());
        if (author.ambiguity.empty())
            CHECK((author.domain ? author.domain->ascii() : "") == domain);
        else if (author.domain)
            CHECK(author.domain->ascii() == domain);
    }
}
