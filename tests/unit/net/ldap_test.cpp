// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap.hpp"
#include "gateway/net/listener.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace std::chrono_literals;

namespace {
/// A port at which nobody answers: with a backlog, so that connections are made.
class SilentServer {
public:
    SilentServer() : door_{net::open_tcp_listener("127.0.0.1:0").value()} { }
    ~SilentServer() { ::close(door_); }
    std::string url(std::string scheme = "ldap") const
    {
        return scheme + "://127.0.0.1:" + std::to_string(net::bound_address(door_).port);
    }

private:
    int door_;
};

struct Asked {
    net::LdapAnswer answer;
    std::chrono::milliseconds took;
};

net::awaitable<void> ask(net::LdapDirectories& directories, const net::LdapSettings& settings,
                         std::optional<Asked>& asked)
{
    const auto start = std::chrono::steady_clock::now();
    auto answer = co_await directories.search(settings, {"dc=test", "(mail=bob)"});
    asked = {std::move(answer),
             std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now()
                                                                   - start)};
    net::Loop::current().stop();
}

Asked ask(net::LdapDirectories& directories, const net::LdapSettings& settings)
{
    net::Loop loop{net::Env::real()};
    std::optional<Asked> asked;
    loop.spawn("ask", ask(directories, settings, asked));
    loop.run();
    return *std::move(asked);
}
}

TEST_CASE("what a recipient's name may hold means nothing in a filter")
{
    const auto [value, escaped] = GENERATE(table<std::string, std::string>({
        {"bob@example.jp", "bob@example.jp"},
        {"*)(uid=*", R"(\2a\29\28uid=\2a)"},
        {R"(a\2ab)", R"(a\5c2ab)"},
        {std::string{"a\0b", 3}, R"(a\00b)"},
        {"a\r\n\x7f", R"(a\0d\0a\7f)"},
        {"bo\u00e9", R"(bo\c3\a9)"},
        {"a&|!=<>~b", "a&|!=<>~b"},
        {"", ""},
    }));
    CHECK(net::ldap_escaped(value) == escaped);
}

TEST_CASE("a filter is one pair of brackets, with pairs in it")
{
    const auto [filter, is_one] = GENERATE(table<std::string, bool>({
        {"(mail={address})", true},
        {"(|(mail={address})(uid={local}))", true},
        {"mail={address}", false},
        {"(mail={address}", false},
        {"(mail={address}))", false},
        {"(a=b)(c=d)", false},
        {"()", false},
        {"", false},
        {std::string(30, '(') + std::string(30, ')'), false},
    }));
    INFO(filter);
    CHECK(net::is_ldap_filter(filter) == is_one);
}

TEST_CASE("a silent directory costs its time-out, then nothing")
{
    const std::string scheme = GENERATE("ldap", "ldaps");
    SilentServer server;
    net::LdapDirectories directories;
    net::LdapSettings settings;
    settings.servers = {server.url(scheme)};
    settings.connect = 200ms;
    settings.timeout = 400ms;
    const auto first = ask(directories, settings);
    CHECK_FALSE(first.answer);
    CHECK(first.took >= 150ms);
    CHECK(first.took < 1500ms);
    const auto second = ask(directories, settings);
    CHECK_FALSE(second.answer);
    CHECK(second.took < 100ms);
    CHECK_FALSE(directories.problem(settings).empty());
}

TEST_CASE("STARTTLS to a silent directory ends too")
{
    SilentServer server;
    net::LdapDirectories directories;
    net::LdapSettings settings;
    settings.servers = {server.url()};
    settings.starts_tls = true;
    settings.connect = 200ms;
    CHECK(ask(directories, settings).took < 1500ms);
}

TEST_CASE("a directory that was never asked has no problem")
{
    CHECK(net::LdapDirectories{}.problem({}).empty());
}
