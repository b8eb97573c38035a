// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/certificate_check.hpp"
#include "tests/support/certificates.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

using namespace std::chrono_literals;
using net::check_certificate;

namespace {
std::string text_of(const std::string& file)
{
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
}

struct Pair {
    explicit Pair(const net::CertificateFiles& files)
        : certificate{text_of(files.certificate)}, key{text_of(files.key)}
    { }
    std::string certificate, key;
};

/// "key_fits ends names vouched"; a warning has a "?" behind it, what is bad a "!".
std::string said(const net::OfferedCertificate& offered)
{
    using Mark = net::CertificateCheck::Mark;
    std::string text;
    for (const auto& check : offered.checks)
        text += (text.empty() ? "" : " ") + std::string{check.what}
            + (check.mark == Mark::bad           ? "!"
                   : check.mark == Mark::warning ? "?"
                                                 : "");
    return text;
}

struct World {
    support::CertificateAuthority authority;
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now();
    net::OfferedCertificate check(const std::string& certificates, const std::string& key,
                                  const std::vector<std::string>& names = {}) const
    {
        return check_certificate(certificates, key, names, now, authority.file());
    }
};
}

TEST_CASE("a certificate that is right is taken, with its key, in one text")
{
    World world;
    const Pair pair{world.authority.issue({"mx.example.jp", "IP:192.0.2.1"}, 24h * 90)};
    const auto offered = world.check(pair.certificate, pair.key, {"mx.example.jp", "192.0.2.1"});
    CHECK(said(offered) == "key_fits ends names vouched");
    REQUIRE(offered.facts);
    CHECK(offered.facts->names.front() == "mx.example.jp");
    CHECK(offered.issuer == "CN = Test Authority");
    const auto again = world.check(offered.pem, "", {});
    CHECK(said(again) == said(offered));
    CHECK(again.pem == offered.pem);
    const auto file = (world.authority.folder() / "both.pem").string();
    std::ofstream{file} << offered.pem;
    CHECK(net::TlsContext::server({{file, file}}));
}

TEST_CASE("what stands before or behind it does no harm, in any order")
{
    World world;
    const Pair pair{world.authority.issue({"mx.example.jp"}, 24h * 90)},
        other{world.authority.issue({"other.example"}, 24h * 90)};
    const auto all
        = text_of(world.authority.file()) + other.certificate + "\nnoise\n" + pair.certificate;
    const auto offered = world.check(all, pair.key);
    CHECK(said(offered) == "key_fits ends names vouched");
    CHECK(offered.facts->names.front() == "mx.example.jp");
    CHECK_FALSE(offered.pem.contains(other.certificate));
}

TEST_CASE("what is wrong with a certificate is said, and nothing is taken")
{
    World world;
    const Pair pair{world.authority.issue({"a.example"}, 24h * 90)},
        other{world.authority.issue({"b.example"}, 24h * 90)};
    CHECK(said(world.check("", "")) == "no_certificate! no_key!");
    CHECK(said(world.check(pair.certificate, "")) == "no_key!");
    CHECK(said(world.check(pair.key, pair.key)) == "no_certificate!");
    CHECK(said(world.check(pair.certificate, other.key)) == "other_key!");
    CHECK(said(world.check(std::string(300 << 10, 'x'), pair.key)) == "too_long!");
    const std::string locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n"
                               "-----END ENCRYPTED PRIVATE KEY-----\n";
    CHECK(said(world.check(pair.certificate, locked)) == "passphrase!");
    for (std::size_t length = 0; length < pair.certificate.size(); length += 37)
        CHECK(world.check(pair.certificate.substr(0, length), pair.key).pem.empty());
}

TEST_CASE("its time, its names and its issuer may be a warning")
{
    World world;
    const Pair pair{world.authority.issue({"a.example", "*.b.example"}, 24h * 10)};
    const auto at = [&](std::chrono::system_clock::duration later) {
        world.now = std::chrono::system_clock::now() + later;
        return said(world.check(pair.certificate, pair.key));
    };
    CHECK(at(0h) == "key_fits ends_soon? names vouched");
    CHECK(at(24h * 11).starts_with("key_fits expired!"));
    CHECK(at(-24h * 31).starts_with("key_fits not_yet!"));
    world.now = std::chrono::system_clock::now();
    const auto names = world.check(pair.certificate, pair.key,
                                   {"a.example", "www.b.example", "c.example", "192.0.2.1"});
    CHECK(said(names) == "key_fits ends_soon? names not_for? vouched");
    CHECK(names.checks[3].detail == "c.example, 192.0.2.1");
    CHECK_FALSE(names.pem.empty());
    const support::CertificateAuthority stranger;
    const auto strange
        = check_certificate(pair.certificate, pair.key, {}, world.now, stranger.file());
    CHECK(said(strange) == "key_fits ends_soon? names not_vouched?");
}
