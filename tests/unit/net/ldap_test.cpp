// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap.hpp"
#include "gateway/net/listener.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <thread>
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

/// A directory that holds nothing: it binds everybody, and answers a search below dc=wrong with the
/// code it is given, any other with no entry. Lengths below 128 octets only.
class SmallDirectory {
public:
    explicit SmallDirectory(char code)
        : door_{net::open_tcp_listener("127.0.0.1:0").value()}, code_{code}
    { }
    ~SmallDirectory()
    {
        ::shutdown(door_, SHUT_RDWR);
        thread_.join();
        ::close(door_);
    }
    std::string url() const
    {
        return "ldap://127.0.0.1:" + std::to_string(net::bound_address(door_).port);
    }

private:
    void serve()
    {
        std::vector<std::jthread> served;
        pollfd wait{.fd = door_, .events = POLLIN, .revents = 0};
        while (::poll(&wait, 1, -1) >= 0) {
            const int socket = ::accept(door_, nullptr, nullptr);
            if (socket >= 0)
                served.emplace_back([this, socket] { converse(socket); });
            else if ((wait.revents & POLLHUP) != 0)
                return;
        }
    }
    void converse(int socket) const
    {
        std::array<char, 130> in{};
        while (::recv(socket, in.data(), 2, MSG_WAITALL) == 2) {
            const auto length = static_cast<std::size_t>(in[1]);
            if (::recv(socket, &in[2], length, MSG_WAITALL) != static_cast<ssize_t>(length))
                break;
            const char operation = in[5];
            if (operation != 0x60 && operation != 0x63)
                break; // it unbinds
            const std::string_view all{in.data(), length + 2};
            const char code = all.find("dc=wrong") == all.npos ? '\0' : code_;
            const std::array<char, 14> out{
                0x30, 0x0c, 0x02, 0x01, in[4], static_cast<char>(operation == 0x60 ? 0x61 : 0x65),
                0x07, 0x0a, 0x01, code, 0x04,  0x00,
                0x04, 0x00};
            ::send(socket, out.data(), out.size(), MSG_NOSIGNAL);
        }
        ::close(socket);
    }
    int door_;
    char code_;
    std::thread thread_{[this] { serve(); }};
};

struct Asked {
    net::LdapAnswer answer;
    std::chrono::milliseconds took;
};

net::awaitable<void> ask(net::LdapDirectories& directories, const net::LdapSettings& settings,
                         std::optional<Asked>& asked, std::string base = "dc=test")
{
    const auto start = std::chrono::steady_clock::now();
    auto answer = co_await directories.search(settings, {std::move(base), "(mail=bob)"});
    asked = {std::move(answer),
             std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now()
                                                                   - start)};
    net::Loop::current().stop();
}

Asked ask(net::LdapDirectories& directories, const net::LdapSettings& settings,
          std::string base = "dc=test")
{
    net::Loop loop{net::Env::real()};
    std::optional<Asked> asked;
    loop.spawn("ask", ask(directories, settings, asked, std::move(base)));
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

TEST_CASE("a directory that answers is well, whatever it says of one base")
{
    const auto [code, rests] = GENERATE(table<int, bool>({
        {1, false}, // operations error
        {3, false}, // time limit
        {10, false}, // referral
        {18, false}, // inappropriate matching
        {21, false}, // invalid syntax
        {32, false}, // no such object
        {34, false}, // invalid DN
        {51, true}, // busy
        {52, true}, // unavailable
        {53, true}, // unwilling
    }));
    INFO(code);
    SmallDirectory server{static_cast<char>(code)};
    net::LdapDirectories directories;
    net::LdapSettings settings;
    settings.servers = {server.url()};
    REQUIRE(ask(directories, settings).answer);
    CHECK_FALSE(ask(directories, settings, "dc=wrong").answer);
    CHECK(ask(directories, settings).answer.has_value() != rests);
}

TEST_CASE("a question ends in time by the loop's clock, whatever holds up its thread")
{
    SilentServer server;
    net::LdapDirectories directories;
    net::LdapSettings settings;
    settings.servers = {server.url()};
    settings.connect = settings.timeout = 2s;
    net::TestEnv env;
    net::Loop loop{env};
    std::optional<Asked> asked;
    const auto advance = [](net::Loop& on, net::TestEnv& time) -> net::awaitable<void> {
        co_await net::yield();
        time.advance(3s);
        on.sweep_deadlines();
    };
    support::run(loop, ask(directories, settings, asked), advance(loop, env));
    REQUIRE(asked);
    CHECK_FALSE(asked->answer);
    CHECK(asked->took < 1s);
}

TEST_CASE("dead directories take no thread from one that is well")
{
    SilentServer dead, other;
    SmallDirectory well{0};
    net::LdapDirectories directories;
    std::array<net::LdapSettings, 3> settings;
    settings[0].servers = {dead.url()};
    settings[1].servers = {other.url()};
    settings[2].servers = {well.url()};
    for (auto& each : settings)
        each.connect = each.timeout = 2s;
    std::array<std::optional<Asked>, 16> unanswered;
    std::optional<Asked> asked;
    net::Loop loop{net::Env::real()};
    for (std::size_t i = 0; i < unanswered.size(); ++i)
        loop.spawn("dead", ask(directories, settings[i % 2], unanswered[i]));
    loop.spawn("well", ask(directories, settings[2], asked));
    loop.run();
    REQUIRE(asked);
    CHECK(asked->answer);
    CHECK(asked->took < 1s);
}

TEST_CASE("a directory that was never asked has no problem")
{
    CHECK(net::LdapDirectories{}.problem({}).empty());
}
