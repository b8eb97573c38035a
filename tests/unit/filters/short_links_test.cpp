// SPDX-License-Identifier: Apache-2.0
#include "filters/short_links.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/filters/dns_world.hpp"

#include <deque>

using namespace filters;
using namespace filters::test;

namespace {
/// What the doors of the test let out, and what comes back through them.
struct Outside {
    std::deque<std::string> answers; ///< to one connection after the other; "" silence
    std::vector<std::string> connected, heard;
    std::shared_ptr<const net::TlsContext> tls; ///< those on port 443 speak it
};
Outside* outside = nullptr;

awaitable<void> answer(net::Stream stream, std::string text, bool is_https)
{
    std::array<char, 4096> space;
    try {
        if (is_https)
            co_await stream.start_tls(outside->tls, "");
        const auto size = co_await stream.read_some(space);
        outside->heard.emplace_back(space.data(), size);
        if (text.empty())
            co_await stream.read_some(space);
        stream.queue(text);
        co_await stream.flush();
    } catch (const std::exception&) {
        // Gone before it heard all.
    }
}

awaitable<net::Stream> connect(net::Endpoint peer, std::chrono::milliseconds)
{
    outside->connected.push_back(peer.to_string());
    if (outside->answers.empty())
        throw net::ConnectionLost{"nobody"};
    auto [near, far] = net::stream_pair(net::Loop::current());
    net::Loop::current().spawn("outside",
                               answer(std::move(far), outside->answers.front(), peer.port == 443));
    outside->answers.pop_front();
    co_return std::move(near);
}

/// The addresses of RFC 5737 are foreign here, and nothing else.
bool is_open(const mail::Ip& ip) { return mail::Network::parse("192.0.2.0/24")->contains(ip); }

std::string redirect(std::string_view to)
{
    return "HTTP/1.1 301 Moved\r\nLocation: " + std::string{to} + "\r\nContent-Length: 5\r\n\r\n";
}

struct ShortWorld : DnsWorld {
    Outside out;
    ShortLinks::Limits limits;
    int speed = 1; ///< of time; the sockets have no other than ours
    std::shared_ptr<const net::TlsContext> authorities;

    ShortWorld()
    {
        outside = &out;
        zone.add("bit.ly", RecordType::a, "192.0.2.5").add("t.co", RecordType::a, "192.0.2.6");
    }
    std::vector<std::string> resolved(const std::vector<std::string>& written)
    {
        ShortLinks links{limits, services, {is_open, connect, authorities}};
        std::vector<content::Url> urls;
        for (const auto& one : written)
            urls.push_back(*content::parse_url(one));
        std::vector<std::string> found;
        bool is_done = false;
        support::run(loop, keep(links, std::move(urls), found, is_done),
                     support::pass_time(env, speed, [&] { return is_done; }));
        return found;
    }

private:
    awaitable<void> keep(const ShortLinks& links, std::vector<content::Url> urls,
                         std::vector<std::string>& found, bool& is_done)
    {
        const auto targets = co_await links.resolve(std::move(urls), mail);
        for (const auto& target : targets)
            found.push_back(target.url.to_string());
        is_done = true;
    }
};
using Texts = std::vector<std::string>;
}

TEST_CASE("a short link is asked by HEAD where it leads, and what it leads to is left alone")
{
    ShortWorld world;
    world.out.answers = {redirect("https://evil.net/login")};
    CHECK(world.resolved({"http://bit.ly/a?b=c", "http://other.net/"})
          == Texts{"https://evil.net/login"});
    CHECK(world.out.connected == Texts{"192.0.2.5:80"});
    REQUIRE(world.out.heard.size() == 1);
    CHECK(world.out.heard[0].starts_with("HEAD /a?b=c HTTP/1.1\r\n"));
    CHECK(world.out.heard[0].contains("host: bit.ly\r\n"));
}

TEST_CASE("from one service to the next it goes a few times, then it stops where it is")
{
    ShortWorld world;
    world.out.answers = {redirect("http://t.co/1"), redirect("/2"), redirect("http://t.co/3")};
    CHECK(world.resolved({"http://bit.ly/a"}) == Texts{"http://t.co/3"});
    CHECK(world.out.connected.size() == 3);
}

TEST_CASE("a short link by HTTPS is asked behind a certificate of that name, or not at all")
{
    support::CertificateAuthority authority;
    const auto [name, targets, heard] = GENERATE(table<std::string, Texts, std::size_t>({
        {"bit.ly", {"https://evil.net/login"}, 1},
        {"other.test", {}, 0},
        {"192.0.2.5", {}, 0},
    }));
    INFO(name);
    ShortWorld world;
    world.out.tls = *net::TlsContext::server({authority.issue({name})});
    world.authorities = *net::TlsContext::client(net::Verify::required, authority.file());
    world.out.answers = {redirect("https://evil.net/login")};
    CHECK(world.resolved({"https://bit.ly/a"}) == targets);
    CHECK(world.out.connected == Texts{"192.0.2.5:443"});
    REQUIRE(world.out.heard.size() == heard);
    if (heard > 0)
        CHECK(world.out.heard[0].starts_with("HEAD /a HTTP/1.1\r\n"));
}

TEST_CASE("a short link by HTTPS is not asked of one whom nobody vouches for")
{
    support::CertificateAuthority authority, stranger;
    ShortWorld world;
    world.out.tls = *net::TlsContext::server({stranger.issue({"bit.ly"})});
    world.authorities = *net::TlsContext::client(net::Verify::required, authority.file());
    world.out.answers = {redirect("https://evil.net/login")};
    CHECK(world.resolved({"https://bit.ly/a"}).empty());
    CHECK(world.out.heard.empty());
}

TEST_CASE("no link makes us speak to a machine inside, at once or after a redirect")
{
    const auto* inside = GENERATE("127.0.0.1", "10.0.0.1", "169.254.169.254", "203.0.113.1");
    ShortWorld world;
    world.zone.add("is.gd", RecordType::a, inside);
    CHECK(world.resolved({"http://is.gd/a"}).empty());
    CHECK(world.out.connected.empty());
    world.out.answers = {redirect("http://is.gd/b"), redirect("http://evil.net/")};
    CHECK(world.resolved({"http://bit.ly/a"}) == Texts{"http://is.gd/b"});
    CHECK(world.out.connected == Texts{"192.0.2.5:80"});
}

TEST_CASE("a redirect to an address inside is told, not followed")
{
    ShortWorld world;
    world.out.answers = {redirect("http://127.0.0.1:8025/api")};
    CHECK(world.resolved({"http://bit.ly/a"}) == Texts{"http://127.0.0.1:8025/api"});
    CHECK(world.out.connected.size() == 1);
}

TEST_CASE("a name with one address outside and one inside is a trick, and so is nobody asked")
{
    ShortWorld world;
    world.zone.add("is.gd", RecordType::a, "192.0.2.9").add("is.gd", RecordType::a, "127.0.0.1");
    CHECK(world.resolved({"http://is.gd/a"}).empty());
    CHECK(world.out.connected.empty());
}

TEST_CASE("the address that was looked at is the one that is spoken to")
{
    ShortWorld world;
    world.out.answers = {redirect("http://bit.ly/2"), redirect("http://evil.net/")};
    CHECK(world.resolved({"http://bit.ly/1"}) == Texts{"http://evil.net/"});
    CHECK(world.out.connected == Texts{"192.0.2.5:80", "192.0.2.5:80"});
    CHECK(world.zone.asked_for("bit.ly") == 1);
}

TEST_CASE("odd ports, addresses and other schemes are not asked at all")
{
    ShortWorld world;
    CHECK(world
              .resolved({"http://bit.ly:25/a", "ftp://bit.ly/a", "http://192.0.2.5/",
                         "http://notbit.ly.evil.net/"})
              .empty());
    CHECK(world.out.connected.empty());
}

TEST_CASE("only so many links of a message are asked, each once, and answers are kept")
{
    ShortWorld world;
    world.limits.links = 2;
    world.out.answers = {redirect("http://a.net/"), redirect("http://b.net/")};
    const Texts written{"http://bit.ly/1", "http://bit.ly/1", "http://bit.ly/2", "http://bit.ly/3"};
    CHECK(world.resolved(written).size() == 2);
    CHECK(world.out.connected.size() == 2);
    CHECK(world.resolved(written).size() == 2);
    CHECK(world.out.connected.size() == 2);
}

TEST_CASE("silence, nonsense and what is no redirect tell nothing, and cost little time")
{
    const auto* said
        = GENERATE("", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nLocation: http://a.net\r\n\r\n",
                   "HTTP/1.1 301 x\r\n\r\n");
    ShortWorld world;
    world.out.answers = {said};
    world.speed = 20;
    CHECK(world.resolved({"http://bit.ly/a"}).empty());
    CHECK(world.env.now() - net::TestEnv{}.now() < std::chrono::seconds{8});
}

TEST_CASE("foreign is what anybody may be asked to speak to")
{
    for (const auto* inside : {"127.0.0.1",       "::1",
                               "10.1.2.3",        "172.16.0.1",
                               "192.168.1.1",     "169.254.1.1",
                               "100.64.0.1",      "0.0.0.0",
                               "224.0.0.1",       "255.255.255.255",
                               "198.18.0.1",      "192.0.2.1",
                               "fe80::1",         "fc00::1",
                               "ff02::1",         "::",
                               "::ffff:10.0.0.1", "64:ff9b::7f00:1",
                               "2002:7f00:1::",   "2001::1",
                               "2001:db8::1"}) {
        INFO(inside);
        CHECK_FALSE(is_foreign(ip(inside)));
    }
    CHECK(is_foreign(ip("9.9.9.9")));
    CHECK(is_foreign(ip("2620:fe::fe")));
}
