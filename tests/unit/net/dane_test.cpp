// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/stream.hpp"
#include "gateway/net/tls.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/net/handshake.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>
#include <openssl/pem.h>

using namespace std::chrono_literals;
using net::TlsContext;
using net::test::Context;

namespace {
support::CertificateAuthority& authority()
{
    static support::CertificateAuthority made;
    return made;
}

/// Why the client does not talk to the server; empty: it does.
std::string refusal(const Context& server, const Context& client, const std::string& name)
{
    return net::test::handshake(server, client, name).client_lost;
}

X509* certificate_in(const std::string& file)
{
    std::FILE* in = std::fopen(file.c_str(), "r");
    REQUIRE(in);
    X509* certificate = PEM_read_X509(in, nullptr, nullptr, nullptr);
    std::fclose(in);
    REQUIRE(certificate);
    return certificate;
}

/// SHA-256 of a certificate's key (selector 1), or of all of it (selector 0).
net::TlsaRecord association(const std::string& file, std::uint8_t usage, std::uint8_t selector)
{
    X509* certificate = certificate_in(file);
    unsigned char* der = nullptr;
    const int size = selector == 0 ? i2d_X509(certificate, &der)
                                   : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(der, static_cast<std::size_t>(size), hash, &length, EVP_sha256(), nullptr);
    OPENSSL_free(der);
    X509_free(certificate);
    return {usage, selector, 1, std::string{reinterpret_cast<char*>(hash), length}};
}

/// Why a client that believes this record does not talk to the server; empty: it does.
std::string dane_refusal(const net::CertificateFiles& files, const net::TlsaRecord& record,
                         const std::string& name)
{
    const auto client = TlsContext::dane_client({record}, {name, "far.test"});
    REQUIRE(client);
    return refusal(*TlsContext::server({files}), *client, name);
}
}

TEST_CASE("a certificate that the DNS vouches for needs no authority, no name and no time")
{
    const auto files = authority().issue({"other.test"}, -1h);
    for (const bool is_key : {false, true})
        CHECK(dane_refusal(files, association(files.certificate, 3, is_key), "mx.far.test") == "");
    const auto wrong = authority().issue({"mx.far.test"});
    CHECK(dane_refusal(wrong, association(files.certificate, 3, 1), "mx.far.test") != "");
}

TEST_CASE("an authority that the DNS vouches for signs for the server's or the domain's name alone")
{
    const auto by_authority = [](const std::string& name) {
        const auto files = authority().issue({name});
        std::ofstream chain{files.certificate, std::ios::app};
        chain << std::ifstream{authority().file()}.rdbuf();
        chain.close();
        return dane_refusal(files, association(authority().file(), 2, 0), "mx.far.test");
    };
    CHECK(by_authority("mx.far.test") == "");
    CHECK(by_authority("far.test") == "");
    CHECK(by_authority("other.test") != "");
}

TEST_CASE("records that cannot be used make no context")
{
    CHECK_FALSE(TlsContext::dane_client({}, {"mx.far.test"}));
    CHECK_FALSE(TlsContext::dane_client({{3, 1, 9, "text"}}, {"mx.far.test"}));
    CHECK_FALSE(TlsContext::dane_client({{3, 1, 1, "too short"}}, {"mx.far.test"}));
    CHECK(TlsContext::dane_client({{3, 1, 1, "too short"}, {3, 1, 1, std::string(32, 'x')}},
                                  {"mx.far.test"}));
}
