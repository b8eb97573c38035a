// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/header.hpp"

#include <catch2/catch.hpp>
#include <chrono>

namespace mail {
namespace {
// "name|address; name|address; +malformed"
std::string shown(std::string_view value)
{
    const AddressList list = parse_address_list(value);
    std::string text;
    for (const auto& entry : list.entries)
        text += entry.display_name + '|' + entry.mailbox.to_string() + ';';
    return list.malformed == 0 ? text : text + '+' + std::to_string(list.malformed);
}
}

TEST_CASE("address lists are read with names, comments, groups and obsolete forms")
{
    const auto [value, expected] = GENERATE(table<const char*, const char*>({
        {"", ""},
        {" a@x.jp", "|a@x.jp;"},
        {"a@x.jp, b@y.jp", "|a@x.jp;|b@y.jp;"},
        {"Alice <a@x.jp>", "Alice|a@x.jp;"},
        {"\"Doe, John\" <a@x.jp>", "Doe, John|a@x.jp;"},
        {"\"A \\\"B\\\" C\" <a@x.jp>", "A \"B\" C|a@x.jp;"},
        {"John Q. Public <a@x.jp>", "John Q. Public|a@x.jp;"},
        {"a@x.jp (Alice)", "Alice|a@x.jp;"},
        {"Alice (home (old)) <a@x.jp>", "Alice|a@x.jp;"},
        {"<a@x.jp>", "|a@x.jp;"},
        {"a . b @ x . jp", "|a.b@x.jp;"},
        {"a(c)@(d)x.jp", "d|a@x.jp;"},
        {"<@hop.org,@two.org:a@x.jp>", "|a@x.jp;"},
        {"Friends: a@x.jp, Bob <b@y.jp>;", "|a@x.jp;Bob|b@y.jp;"},
        {"undisclosed-recipients:;", ""},
        {"undisclosed-recipients:; , a@x.jp", "|a@x.jp;"},
        {",, a@x.jp ,,\r\n\t, b@y.jp,", "|a@x.jp;|b@y.jp;"},
        {"=?utf-8?q?J=C3=B6rg?= M =?iso-8859-1?q?=E9?= <a@x.jp>", "Jörg M é|a@x.jp;"},
        {"=?utf-8?B?5pel?=\r\n =?utf-8?B?5pys?= <a@x.jp>", "日本|a@x.jp;"},
        {"\"=?utf-8?q?J=C3=B6rg?=\" <a@x.jp>", "Jörg|a@x.jp;"},
        {"=?utf-8?q?Doe,_J.?= <a@x.jp>", "Doe, J.|a@x.jp;"},
        {"=?utf-8?q?a_<b@y.jp>,?= <a@x.jp>", "=?utf-8?q?a_|b@y.jp;?=|a@x.jp;"},
        {"Koyel \\(Vehere\\) \\<b@y.jp\\> <a@x.jp>", "Koyel (Vehere) <b@y.jp>|a@x.jp;"},
        {"\"a b\"@x.jp", "|\"a b\"@x.jp;"},
        {"a@[192.0.2.1]", "|a@[192.0.2.1];"},
        {"<a@[IPv6:::1]>", "|a@[IPv6:::1];"},
        {"victim@bank.example <evil@x.jp>", "victim@bank.example|evil@x.jp;"},
        {"\xE6\x97\xA5 \xFF <a@x.jp>", "日 \uFFFD|a@x.jp;"},
        {"用户@例え.jp", "|用户@xn--r8jz45g.jp;"},
    }));
    CHECK(shown(value) == expected);
}

TEST_CASE("what is no address is counted, and two readings are never silent")
{
    const auto [value, expected] = GENERATE(table<const char*, const char*>({
        {"garbage", "+1"},
        {"two words", "+1"},
        {"a b@x.jp", "+1"},
        {"<>", "+1"},
        {"Alice <>", "+1"},
        {"a@b@x.jp", "+1"},
        {"=?utf-8?q?a=40x.jp?=", "+1"},
        {"=?utf-8?q?a@x.jp?=", "+1"},
        {"=?,?= <a@x.jp>", "?=|a@x.jp;+1"},
        {"<a@x.jp> <b@y.jp>", "|a@x.jp;+1"},
        {"<a@x.jp> b@y.jp", "b@y.jp|a@x.jp;+1"},
        {"<a@x.jp", "|a@x.jp;+1"},
        {"<a@x.jp, b@y.jp", "+1"},
        {"\"open <a@x.jp>", "+1"},
        {"a@x.jp (open", "open|a@x.jp;+1"},
        {"Doe, John <a@x.jp>", "John|a@x.jp;+1"},
        {"a@x.jp: b@y.jp;", "|b@y.jp;+1"},
        {"a@x.jp>", "+1"},
        {"<<a@x.jp>>", ">|a@x.jp;+1"},
        {"a@x.jp)", "+1"},
        {"a\\b@x.jp, c@y.jp", "|c@y.jp;+1"},
    }));
    CHECK(shown(value) == expected);
}

TEST_CASE("two thousand addresses are read and not one more")
{
    std::string value;
    for (std::size_t i = 0; i < HeaderLimits::addresses; ++i)
        value += "a@x.jp,";
    CHECK(parse_address_list(value).entries.size() == HeaderLimits::addresses);
    CHECK_FALSE(parse_address_list(value).is_truncated);
    value += "b@y.jp, c@z.jp";
    CHECK(parse_address_list(value).entries.size() == HeaderLimits::addresses);
    CHECK(parse_address_list(value).is_truncated);
}

TEST_CASE("no list is slow or deep")
{
    const auto unit
        = GENERATE(as<std::string>{}, ",", "(", "()", "\"", "<", "<>", ":", ";", "\\", "[", "a ",
                   "a.", "@", "a@x.jp,", "(\\", "=?utf-8?q?a?= ", "<@x:", "\"\\\"", "a:");
    std::string value;
    while (value.size() < 180'000)
        value += unit;
    const auto start = std::chrono::steady_clock::now();
    const auto list = parse_address_list(value);
    CHECK(list.entries.size() <= HeaderLimits::addresses);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{1});
}
}
