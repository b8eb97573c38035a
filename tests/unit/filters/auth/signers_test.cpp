// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/signers.hpp"

#include <catch2/catch.hpp>

namespace {
using namespace filters::auth;

Signers signers_of(const std::vector<std::string>& domains)
{
    Signers signers;
    for (const auto& domain : domains)
        signers.domains.push_back({mail::Domain::parse(domain).value(), {}});
    return signers;
}
}

TEST_CASE("the key of the author's domain signs, else that of the nearest domain above")
{
    const auto signers = signers_of({"example.org", "dept.example.org", "example.net"});
    const auto [from, expected] = GENERATE(table<std::string, std::string>({
        {"From: a@example.org", "example.org"},
        {"From: a@EXAMPLE.org", "example.org"},
        {"From: a@dept.example.org", "dept.example.org"},
        {"From: a@x.dept.example.org", "dept.example.org"},
        {"From: a@other.example.org", "example.org"},
        {"From: a@example.org, b@example.org", "example.org"},
        {"From: a@notexample.org", ""},
        {"From: a@org", ""},
        {"From: a@example.org, b@example.net", ""},
        {"From: a@example.org\r\nFrom: a@example.org", ""},
        {"From: \x01 a@example.org", ""},
        {"Sender: a@example.org", ""},
    }));
    const auto message = mail::Message::from_text(from + "\r\n\r\n");
    const auto* keys = signers.keys_of(author_of(message.header()));
    INFO(from);
    CHECK((keys ? keys->domain.ascii() : "") == expected);
}
