// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/authentication.hpp"

#include "filters/auth/tag_list.hpp"

#include <catch2/catch.hpp>

using namespace std::string_literals;

namespace {
std::string base64(const std::string& text) { return filters::auth::encode_base64(text); }
}

TEST_CASE("AUTH PLAIN names one account, and nobody acts as another")
{
    struct Case {
        std::string response, name, password; ///< no name: refused
    };
    const auto [response, name, password] = GENERATE(values<Case>({
        {base64("\0ann\0secret"s), "ann", "secret"},
        {base64("ann\0ann\0secret"s), "ann", "secret"},
        {base64("\0ann@example.org\0p w\xC3\xA9"s), "ann@example.org", "p w\xC3\xA9"},
        {base64("bob\0ann\0secret"s), "", ""},
        {base64("\0ann\0"s), "", ""},
        {base64("\0\0secret"s), "", ""},
        {base64("ann\0secret"s), "", ""},
        {base64("\0ann\0secret\0more"s), "", ""},
        {base64("\0ann\0"s + std::string(2000, 'x')), "", ""},
        {"=", "", ""},
        {"not base64!", "", ""},
        {"", "", ""},
    }));
    INFO(response);
    const auto found = smtp::parse_plain(response);
    REQUIRE(found.has_value() == !name.empty());
    if (found) {
        CHECK(found->name == name);
        CHECK(found->password == password);
    }
}

TEST_CASE("an answer to AUTH LOGIN is a text")
{
    CHECK(smtp::parse_login(base64("ann")) == "ann");
    CHECK_FALSE(smtp::parse_login(base64("a\0b"s)));
    CHECK_FALSE(smtp::parse_login("="));
    CHECK_FALSE(smtp::parse_login(""));
    CHECK_FALSE(smtp::parse_login("%%%"));
    CHECK_FALSE(smtp::parse_login(base64(std::string(1025, 'x'))));
}
