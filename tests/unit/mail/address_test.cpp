// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/address.hpp"

#include <catch2/catch.hpp>
#include <chrono>

using namespace std::string_literals;

namespace mail {
namespace {
std::string refused = "(refused)";

std::string domain(std::string_view text)
{
    const auto parsed = Domain::parse(text);
    return parsed ? parsed->ascii() : refused;
}

std::string mailbox(std::string_view text)
{
    const auto parsed = Mailbox::parse(text);
    return parsed ? parsed->to_string() : refused;
}

std::string path(std::string_view argument, PathUse use = PathUse::recipient)
{
    const auto parsed = parse_path(argument, use);
    if (!parsed)
        return refused;
    const std::string what = parsed->is_postmaster ? "postmaster" : to_string(parsed->path);
    return '<' + what + ">|" + std::string{parsed->rest};
}
}

TEST_CASE("a domain has one form, whatever the way it is written")
{
    const auto [text, expected] = GENERATE_COPY(table<std::string, std::string>({
        {"example.org", "example.org"},
        {"EXAMPLE.Org", "example.org"},
        {"example.org.", "example.org"},
        {"localhost", "localhost"},
        {"a-b.c_d.jp", "a-b.c_d.jp"},
        {"3com.com", "3com.com"},
        {"例え.jp", "xn--r8jz45g.jp"},
        {"xn--r8jz45g.jp", "xn--r8jz45g.jp"},
        {"XN--R8JZ45G.JP", "xn--r8jz45g.jp"},
        {"例え。jp", "xn--r8jz45g.jp"},
        {"ＥＸＡＭＰＬＥ.jp", "example.jp"},
        {"straße.de", "xn--strae-oqa.de"},
        {"e\u0301.fr", "xn--9ca.fr"},
        {"\u00e9.fr", "xn--9ca.fr"},
        {"[192.0.2.1]", "[192.0.2.1]"},
        {"[IPv6:2001:DB8:0:0::1]", "[IPv6:2001:db8::1]"},
        {"[ipv6:::1]", "[IPv6:::1]"},
        {"[IPv6:::ffff:192.0.2.1]", "[192.0.2.1]"},
        {std::string(63, 'a') + ".jp", std::string(63, 'a') + ".jp"},
    }));
    CHECK(domain(text) == expected);
    CHECK(domain(domain(text)) == expected);
}

TEST_CASE("what is no domain is refused")
{
    const auto text = GENERATE_COPY(values<std::string>({
        "",
        ".",
        "..",
        ".example.org",
        "example..org",
        "example.org..",
        "-a.org",
        "a-.org",
        "a b.org",
        "a\tb.org",
        "a@b.org",
        "exa%mple.org",
        "example.org\r\n",
        "example.org\0"s,
        "1.2.3.4",
        "example.1",
        "a.１２３",
        "127.0.0.1.",
        "[]",
        "[1.2.3]",
        "[1.2.3.4",
        "1.2.3.4]",
        "[01.2.3.4]",
        "[1.2.3.4 ]",
        "[2001:db8::1]",
        "[IPv6:1.2.3.4]",
        "[IPv6:fe80::1%eth0]",
        "[IPv6:]",
        "[X:abc]",
        "[192.0.2.1].org",
        "a\xff.org",
        "\xc3.org",
        "a\u202eb.org",
        "a＠b.org",
        "exa／mple.org",
        std::string(64, 'a') + ".jp",
        std::string(250, 'a').replace(62, 1, ".").replace(124, 1, ".").replace(186, 1, ".")
            + ".org",
    }));
    CHECK(domain(text) == refused);
}

TEST_CASE("a domain lies within itself and its parents only")
{
    const auto [name, parent, expected] = GENERATE(table<const char*, const char*, bool>({
        {"example.org", "example.org", true},
        {"mail.example.org", "EXAMPLE.ORG", true},
        {"example.org", "mail.example.org", false},
        {"notexample.org", "example.org", false},
        {"example.org", "org", true},
        {"[192.0.2.1]", "[192.0.2.1]", true},
        {"[192.0.2.1]", "[192.0.2.2]", false},
    }));
    CHECK(Domain::parse(name)->is_within(*Domain::parse(parent)) == expected);
}

TEST_CASE("a domain without a name is within nothing")
{
    CHECK_FALSE(Domain::parse("example.org")->is_within(Domain{}));
}

TEST_CASE("a mailbox is written anew in one form")
{
    const auto [text, expected] = GENERATE_COPY(table<std::string, std::string>({
        {"alice@example.org", "alice@example.org"},
        {"Alice@EXAMPLE.ORG", "Alice@example.org"},
        {"a.b+c=d@example.org", "a.b+c=d@example.org"},
        {"!#$%&'*+-/=?^_`{|}~@x.jp", "!#$%&'*+-/=?^_`{|}~@x.jp"},
        {"\"alice\"@example.org", "alice@example.org"},
        {"\"a.b\"@example.org", "a.b@example.org"},
        {"\"a b\"@example.org", "\"a b\"@example.org"},
        {"\"a..b\"@example.org", "\"a..b\"@example.org"},
        {"\".a\"@example.org", "\".a\"@example.org"},
        {"\"a@b\"@c.org", "\"a@b\"@c.org"},
        {"\"a\\\"b\"@c.org", "\"a\\\"b\"@c.org"},
        {"\"a\\\\b\"@c.org", "\"a\\\\b\"@c.org"},
        {"\"\\a\\b\"@c.org", "ab@c.org"},
        {"\"a>b\"@c.org", "\"a>b\"@c.org"},
        {"user%evil.org@example.org", "user%evil.org@example.org"},
        {"evil!user@example.org", "evil!user@example.org"},
        {"a@[192.0.2.1]", "a@[192.0.2.1]"},
        {"a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]"},
        {"用户@例え.jp", "用户@xn--r8jz45g.jp"},
        {"a@example.org.", "a@example.org"},
        {std::string(80, 'v') + "@example.org", std::string(80, 'v') + "@example.org"},
        {std::string(242, 'v') + "@example.org", std::string(242, 'v') + "@example.org"},
    }));
    CHECK(mailbox(text) == expected);
    CHECK(mailbox(mailbox(text)) == expected);
}

TEST_CASE("an address that needs a trick is no mailbox")
{
    const auto text = GENERATE_COPY(values<std::string>({
        "",
        "@",
        "a",
        "a@",
        "@example.org",
        "a@@example.org",
        "a@b@example.org",
        "a b@example.org",
        " a@example.org",
        "a@example.org ",
        "a @example.org",
        ".a@example.org",
        "a.@example.org",
        "a..b@example.org",
        "\"\"@example.org",
        "\"a@example.org",
        "\"a\"b@example.org",
        "a\"b\"@example.org",
        "\"a\"\"b\"@example.org",
        "\"a\nb\"@example.org",
        "\"a\tb\"@example.org",
        "\"a\\\nb\"@example.org",
        "\"a\\",
        "a\r\n@example.org",
        "a\0@example.org"s,
        "\"a\0b\"@example.org"s,
        "a@example.org\0"s,
        "\"a\"@",
        "a\x7f@example.org",
        "(c)a@example.org",
        "a@example.org(c)",
        "<a@example.org>",
        "a,b@example.org",
        "a;b@example.org",
        "a:b@example.org",
        "a\\b@example.org",
        "a@1.2.3.4",
        "a@example.1",
        "\xff@example.org",
        "\xc0\xaf@example.org",
        "a\u202eb@example.org",
        "a\u200b@example.org",
        "a\u0085@example.org",
        "a\ufeff@example.org",
        "@hop.org:a@example.org",
        std::string(243, 'v') + "@example.org",
        "\"" + std::string(200, ' ') + "\"@" + std::string(60, 'd') + ".org",
    }));
    CHECK(mailbox(text) == refused);
}

TEST_CASE("two spellings of one mailbox have one key")
{
    const auto [a, b, same] = GENERATE(table<const char*, const char*, bool>({
        {"Alice@Example.org", "alice@example.ORG", true},
        {"\"alice\"@example.org", "alice@example.org", true},
        {"É@example.org", "e\u0301@example.org", true},
        {"Ａ@example.org", "a@example.org", false},
        {"alice@example.org", "alice@example.com", false},
        {"а@example.org", "a@example.org", false},
    }));
    CHECK((Mailbox::parse(a)->key() == Mailbox::parse(b)->key()) == same);
}

TEST_CASE("only a local part beyond ASCII needs SMTPUTF8")
{
    CHECK(Mailbox::parse("用户@example.org")->needs_smtputf8());
    CHECK_FALSE(Mailbox::parse("user@例え.jp")->needs_smtputf8());
}

TEST_CASE("a recipient that others could read as a route, a file or a program has a trick")
{
    const auto text = GENERATE(as<std::string>{}, "a%b@example.org", "b!a@example.org",
                               "\"a@b\"@example.org", "/etc/passwd@example.org", "|id@example.org",
                               "-oQ@example.org", "\".a\"@example.org", "\"a/../b\"@example.org");
    CHECK(Mailbox::parse(text)->has_trick());
    CHECK(path('<' + text + '>') == refused);
    CHECK(path('<' + text + '>', PathUse::sender) == '<' + text + ">|");
    CHECK_FALSE(Mailbox::parse("a.b-c/d+e=f|g@example.org")->has_trick());
}

TEST_CASE("a path is read off the front and its parameters are left")
{
    const auto [argument, expected] = GENERATE(table<const char*, const char*>({
        {"<a@example.org>", "<a@example.org>|"},
        {"  <a@example.org>  SIZE=1 BODY=8BITMIME", "<a@example.org>|SIZE=1 BODY=8BITMIME"},
        {"<>", "<>|"},
        {"<> RET=HDRS", "<>|RET=HDRS"},
        {"<Postmaster>", "<postmaster>|"},
        {"<postmaster@example.org>", "<postmaster@example.org>|"},
        {"<@hop.org:a@example.org>", "<a@example.org>|"},
        {"<@hop.org,@[192.0.2.1],@[IPv6:::1]:a@example.org> X=1", "<a@example.org>|X=1"},
        {"<\"a>b\"@example.org>", "<\"a>b\"@example.org>|"},
        {"<\"a\\\">b\"@example.org> Y", "<\"a\\\">b\"@example.org>|Y"},
        {"<用户@例え.jp> SMTPUTF8", "<用户@xn--r8jz45g.jp>|SMTPUTF8"},
    }));
    CHECK(path(argument) == expected);
}

TEST_CASE("a broken path is refused")
{
    const auto argument = GENERATE_COPY(values<std::string>({
        "",
        "   ",
        "a@example.org",
        "<a@example.org",
        "a@example.org>",
        "<a@example.org>SIZE=1",
        "<<a@example.org>>",
        "< >",
        "<a@example.org >",
        "< a@example.org>",
        "<postmaster >",
        "<@hop.org>",
        "<@hop.org:>",
        "<@:a@example.org>",
        "<@hop.org,:a@example.org>",
        "<@hop.org,b.org:a@example.org>",
        "<@[IPv6:::1:a@example.org>",
        "<@a@b:c@d>",
        "<@[1.2.3.4",
        "<\"a@example.org>",
        "<a@b.org><c@d.org>",
        "<a@example.org>\0"s,
        "<a@example.org\0>"s,
        "<" + std::string(65, 'l') + "@example.org>",
    }));
    CHECK(path(argument) == refused);
}

TEST_CASE("the local part of a recipient has at most 64 octets, of a sender more")
{
    const std::string local(64, 'l');
    CHECK(path('<' + local + "@example.org>") == '<' + local + "@example.org>|");
    CHECK(path("<l" + local + "@example.org>") == refused);
    CHECK(path("<l" + local + "@example.org>", PathUse::sender) != refused);
    CHECK(path("<SRS0=" + local + "=far.example=ann@example.org>") != refused);
    CHECK(path("<srs1=" + local + "==far.example=ann@example.org>") != refused);
}

TEST_CASE("a path of two thousand hops is read in no time")
{
    std::string argument = "<";
    for (int i = 0; i < 20'000; ++i)
        argument += "@[IPv6:::1],";
    argument += "@x:a@example.org>";
    const auto start = std::chrono::steady_clock::now();
    CHECK(path(argument) == "<a@example.org>|");
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{1});
}
}
