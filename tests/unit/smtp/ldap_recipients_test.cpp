// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/ldap_recipients.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a filter is filled with the recipient, escaped, and only once")
{
    const auto [filter, recipient, filled] = GENERATE(table<std::string, std::string, std::string>({
        {"(mail={address})", "Bob@Example.JP", "(mail=Bob@example.jp)"},
        {"(&(uid={local})(dc={domain}))", "bob@example.jp", "(&(uid=bob)(dc=example.jp))"},
        {"(mail={address})", "*@example.jp", R"((mail=\2a@example.jp))"},
        {"(mail={address})", R"("*)(uid=*"@example.jp)", R"((mail=\2a\29\28uid=\2a@example.jp))"},
        {"(mail={address})", "{local}@example.jp", "(mail={local}@example.jp)"},
        {"(mail={addres})", "bob@example.jp", "(mail={addres})"},
        {"(|(mail={address})(proxyAddresses=smtp:{address}))", "a@b.jp",
         "(|(mail=a@b.jp)(proxyAddresses=smtp:a@b.jp))"},
    }));
    CHECK(smtp::filter_for(filter, mail::Mailbox::parse(recipient).value()) == filled);
}
