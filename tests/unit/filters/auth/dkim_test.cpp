// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dkim_sign.hpp"
#include "tests/unit/filters/auth/signer.hpp"

#include <catch2/catch.hpp>

using namespace filters::auth;
using namespace std::chrono_literals;
using tests::Signer;

namespace {
constexpr std::string_view header = "From: Alice <alice@example.org>\r\n"
                                    "To: bob@example.jp\r\n"
                                    "Subject: hello\r\n";
constexpr std::string_view body = "One  line\r\n\r\nand another\r\n\r\n\r\n";

std::string message_of(std::string_view fields, std::string_view text = body)
{
    return std::string{fields} + "\r\n" + std::string{text};
}

/// What a table needs: one result, its word and reason together.
std::string verdict(const std::vector<DkimResult>& results)
{
    std::string text;
    for (const auto& result : results)
        text += (text.empty() ? "" : ", ") + std::string{to_string(result.outcome)}
            + (result.reason.empty() ? "" : ": " + result.reason);
    return text;
}
}

TEST_CASE("a message that we sign verifies, whatever the algorithm and the forms")
{
    const auto type = GENERATE(KeyType::rsa, KeyType::ed25519);
    const auto header_form = GENERATE(Canonicalization::simple, Canonicalization::relaxed);
    const auto body_form = GENERATE(Canonicalization::simple, Canonicalization::relaxed);
    const Signer signer{type};
    DkimSigning signing{.domain = "example.org",
                        .selector = "sel",
                        .header = header_form,
                        .body = body_form,
                        .time = signer.now,
                        .lifetime = 24h};
    const auto text = message_of(header);
    const auto field = support::complete(
        sign_dkim(mail::Message::from_text(text), signer.key, signing, nullptr));
    for (std::size_t at = 0; at < field.size();) {
        const auto end = field.find("\r\n", at);
        CHECK(end - at <= 78);
        at = end + 2;
    }
    const auto results = signer.verify(field + text);
    REQUIRE(verdict(results) == "pass");
    CHECK(results[0].domain == "example.org");
    CHECK(results[0].selector == "sel");
    CHECK(results[0].identity == "@example.org");
    CHECK(results[0].algorithm == signer.key.algorithm());
    CHECK(results[0].signature_start.size() == 8);

    CHECK(verdict(signer.verify(field + message_of(header, "Another body\r\n")))
          == "fail: the body is not what was signed");
    auto changed = text;
    changed.replace(changed.find("hello"), 5, "HELLO");
    CHECK(verdict(signer.verify(field + changed)) == "fail: the header is not what was signed");
    // Sealed fields cannot be added: neither a second Subject nor a first Cc.
    for (const std::string more : {"Subject: buy\r\n", "Cc: eve@example.net\r\n"})
        CHECK(verdict(signer.verify(field + more + text))
              == "fail: the header is not what was signed");
    CHECK(verdict(signer.verify("X-Other: 1\r\n" + field + "Received: by x\r\n" + text)) == "pass");
}

TEST_CASE("relaxed survives new folds and blanks, simple does not")
{
    const Signer signer{KeyType::ed25519};
    const auto refolded = "FROM:\r\n\tAlice   <alice@example.org> \r\nTo: bob@example.jp\r\n"
                          "Subject: hello\r\n";
    for (const bool is_relaxed : {true, false}) {
        const std::string form = is_relaxed ? "c=relaxed/relaxed" : "c=simple/simple";
        const auto field = signer.sign(message_of(header), form + "; h=From:To:Subject");
        const auto changed = field + message_of(refolded, "One line  \r\n\r\nand another\r\n");
        CHECK(verdict(signer.verify(changed)).starts_with(is_relaxed ? "pass" : "fail"));
        CHECK(verdict(signer.verify(field + message_of(header))) == "pass");
    }
}

TEST_CASE("signatures that may never count say why")
{
    const Signer signer{KeyType::ed25519};
    const auto [tags, wanted] = GENERATE(table<std::string, std::string>({
        {"h=To:Subject", "permerror: From is not signed"},
        {"h=From; v=2", "permerror: the version is not 1"},
        {"h=From; q=http/x", "permerror: the key is not to be had from the DNS"},
        {"h=From; q=http/x : dns/txt", "pass"},
        {"h=From; i=alice@example.net", "permerror: the identity is not of the signing domain"},
        {"h=From; i=alice@badexample.org", "permerror: the identity is not of the signing domain"},
        {"h=From; i=alice@mail.EXAMPLE.org", "pass"},
        {"h=From; i=alice", "permerror: the identity is not valid"},
        {"h=From; t=1000000000; x=1000000000", "permerror: it expires before it is made"},
        {"h=From; x=1599990000", "permerror: the signature has expired"},
        {"h=From; x=1599999900", "pass"},
        {"h=From; t=1600010000", "permerror: it is signed in the future"},
        {"h=From; t=1600000100", "pass"},
        {"h=From; t=soon", "permerror: a time is not valid"},
        {"h=From; t=99999999999999999999", "permerror: a time is not valid"},
        {"h=From; c=strict", "permerror: the canonicalization is unknown"},
        {"h=From; c=relaxed/simple/x", "permerror: the canonicalization is unknown"},
        {"h=From; l=five", "permerror: the length is no number"},
        {"h=From; l=1000", "permerror: more of the body is signed than there is"},
        {"h=From; l=4", "policy: only a part of the body is signed"},
        {"h=From; l=26", "pass"},
        {"h=From; s=_; ", "permerror: the field has no valid syntax"},
        {"h=From; unknown=1", "pass"},
        {"h=From; a=rsa-sha1", "permerror: SHA-1 does not count"},
        {"h=From; a=dsa-sha256", "permerror: the algorithm is unknown"},
        {"h=From; a=rsa-sha256", "permerror: the key is of another type"},
        {"h=From; d=[192.0.2.1]", "permerror: the domain is not valid"},
        {"h=From; d=", "permerror: the domain is not valid"},
        {"h=From; s=..", "permerror: the selector is not valid"},
        {"h=From; s=other", "permerror: there is no key"},
    }));
    INFO(tags);
    const auto text = message_of(header);
    CHECK(verdict(signer.verify(signer.sign(text, tags) + text)) == wanted);
}

TEST_CASE("a part of the body counts only where that is set")
{
    const Signer signer{KeyType::ed25519};
    const auto text = message_of(header);
    const auto field = signer.sign(text, "h=From; l=4");
    CHECK(verdict(signer.verify(field + text, {.accepts_partial_body = true})) == "pass");
    CHECK(verdict(signer.verify(field + message_of(header, "One more")))
          == "policy: only a part of the body is signed");
    CHECK(verdict(signer.verify(field + message_of(header, "Two more")))
          == "fail: the body is not what was signed");
}

TEST_CASE("keys that may not be used say why")
{
    static const Signer signer{KeyType::ed25519}; // one for all rows of the table
    const auto p = signer.key.record().substr(signer.key.record().find("p="));
    const auto [record, wanted] = GENERATE_COPY(table<std::string, std::string>({
        {p, "permerror: the key cannot be read"}, // without k= it would be RSA
        {"k=ed25519; " + p, "pass"},
        {"v=DKIM1; k=ed25519; n=note; x=?; " + p + ";", "pass"},
        {"k=ed25519; v=DKIM1; " + p, "permerror: the key record has an unknown version"},
        {"v=DKIM2; k=ed25519; " + p, "permerror: the key record has an unknown version"},
        {"v=DKIM1; k=ed25519; p=", "permerror: the key is revoked"},
        {"v=DKIM1; k=ed25519", "permerror: the key record has no key"},
        {"v=DKIM1; k=dsa; " + p, "permerror: the key is of an unknown type"},
        {"v=DKIM1; k=ed25519; h=sha1; " + p, "permerror: the key does not allow SHA-256"},
        {"v=DKIM1; k=ed25519; h=sha1 : sha256; " + p, "pass"},
        {"v=DKIM1; k=ed25519; s=tlsrpt; " + p, "permerror: the key is not for e-mail"},
        {"v=DKIM1; k=ed25519; s=tlsrpt:email; " + p, "pass"},
        {"v=DKIM1; k=ed25519; s=*; " + p, "pass"},
        {"v=DKIM1; k=ed25519; p=AAAA", "permerror: the key cannot be read"},
        {"v=DKIM1; k=ed25519; p=A", "permerror: the key is not base64"},
        {"v=spf1 -all", "permerror: the key record has an unknown version"},
        {"-all", "permerror: the key record has no valid syntax"},
        {"v=DKIM1; k=ed25519; t=y:s; " + p, "pass"},
    }));
    INFO(record);
    const auto text = message_of(header);
    support::MemoryDns dns;
    dns.add("sel._domainkey.example.org", net::RecordType::txt, record);
    CHECK(verdict(signer.verify(signer.sign(text, "h=From") + text, {}, &dns)) == wanted);
}

TEST_CASE("a key with t=s allows no identity of a subdomain")
{
    const Signer signer{KeyType::ed25519};
    const auto text = message_of(header);
    support::MemoryDns dns;
    dns.add("sel._domainkey.example.org", net::RecordType::txt, signer.key.record() + "; t=s");
    CHECK(verdict(signer.verify(signer.sign(text, "h=From; i=@example.org") + text, {}, &dns))
          == "pass");
    CHECK(verdict(signer.verify(signer.sign(text, "h=From; i=@a.example.org") + text, {}, &dns))
          == "permerror: the key allows no identity of a subdomain");
}

TEST_CASE("RSA keys of less than 1024 bits never count, nor those of absurd length")
{
    const auto text = message_of(header);
    for (const auto& [bits, wanted] :
         {std::pair{512U, "permerror: the key is too short: 512 bits"}, std::pair{1024U, "pass"}}) {
        const Signer signer{KeyType::rsa, bits};
        CHECK(verdict(signer.verify(signer.sign(text, "h=From") + text)) == wanted);
    }
    const Signer signer{KeyType::rsa, 1024};
    CHECK(verdict(signer.verify(signer.sign(text, "h=From") + text, {.smallest_rsa = 2048}))
          == "permerror: the key is too short: 1024 bits");
}

TEST_CASE("a key that was read before is judged anew by type and length")
{
    const auto key = PrivateKey::generate(KeyType::rsa, 1024);
    auto record = DkimKey::parse(key.record()).value();
    const auto hash = sha256("text");
    for (int round = 0; round < 2; ++round) {
        CHECK(PublicKey::make(record, 1024)->verifies(hash, key.sign(hash)));
        CHECK_FALSE(PublicKey::make(record, 2048));
        auto other = record;
        other.type = KeyType::ed25519;
        CHECK_FALSE(PublicKey::make(other, 1024));
    }
    for (int i = 0; i < 300; ++i) { // more than are kept
        DkimKey filler{.type = KeyType::ed25519, .octets = std::string(32, 'k')};
        filler.octets.replace(0, 3, std::to_string(100 + i));
        CHECK(PublicKey::make(filler, 1024));
    }
    CHECK(PublicKey::make(record, 1024)->verifies(hash, key.sign(hash)));
}

TEST_CASE("a key with an exponent made to cost time cannot be read")
{
    // RSAPublicKey of 1024 bits: SEQUENCE of two INTEGERs.
    const auto key_with = [](const std::string& exponent) {
        const std::string modulus = std::string{"\0\xC5", 2} + std::string(127, '\x5B');
        const std::string integers = "\x02\x81" + std::string(1, static_cast<char>(modulus.size()))
            + modulus + "\x02" + std::string(1, static_cast<char>(exponent.size())) + exponent;
        return DkimKey{.octets = "\x30\x81" + std::string(1, static_cast<char>(integers.size()))
                           + integers};
    };
    CHECK(PublicKey::make(key_with(std::string{"\1\0\1", 3}), 1024));
    CHECK_FALSE(PublicKey::make(key_with(std::string(32, '\x11')), 1024));
}

TEST_CASE("a DNS that does not answer is no verdict on the message")
{
    const Signer signer{KeyType::ed25519};
    const auto text = message_of(header);
    support::MemoryDns dns;
    dns.fail("sel._domainkey.example.org", "timed out");
    CHECK(verdict(signer.verify(signer.sign(text, "h=From") + text, {}, &dns))
          == "temperror: the key could not be looked up");
}

TEST_CASE("where a name has several keys, one that fits is enough")
{
    const Signer signer{KeyType::ed25519};
    const Signer other{KeyType::ed25519};
    const auto text = message_of(header);
    support::MemoryDns dns;
    for (const auto& record : {std::string{"nonsense"}, other.key.record(), signer.key.record()})
        dns.add("sel._domainkey.example.org", net::RecordType::txt, record);
    CHECK(verdict(signer.verify(signer.sign(text, "h=From") + text, {}, &dns)) == "pass");
}

TEST_CASE("broken folding and broken fields are permanent errors, never a crash")
{
    const Signer signer{KeyType::ed25519};
    const auto text = message_of(header);
    const auto good = signer.sign(text, "h=From");
    auto folded_name = good;
    folded_name.replace(folded_name.find("bh="), 3, "b\r\n h=");
    const auto value = GENERATE_COPY(values<std::string>(
        {folded_name, "DKIM-Signature: \r\n", "DKIM-Signature: v=1\r\n",
         "DKIM-Signature: v=1; v=1; " + good.substr(16), "DKIM-Signature: ;;;;\r\n",
         "DKIM-Signature: " + std::string(100'000, ';') + "\r\n",
         "DKIM-Signature: v=1; h=" + std::string(200'000, ':') + "\r\n"}));
    const auto results = signer.verify(value + text);
    REQUIRE(results.size() == 1);
    CHECK(results[0].outcome == DkimOutcome::permerror);
}

TEST_CASE("only the first signatures are looked at, and each name is asked for once")
{
    const Signer signer{KeyType::ed25519};
    const auto text = message_of(header);
    const auto field = signer.sign(text, "h=From");
    std::string many;
    for (int i = 0; i < 11; ++i)
        many += field;
    support::MemoryDns dns;
    dns.add("sel._domainkey.example.org", net::RecordType::txt, signer.key.record());
    const auto results = signer.verify(many + text, {}, &dns);
    REQUIRE(results.size() == 9);
    for (std::size_t i = 0; i < 8; ++i)
        CHECK(results[i].outcome == DkimOutcome::pass);
    CHECK(verdict({results[8]}) == "neutral: 3 more signatures were not looked at");
    CHECK(dns.asked.size() == 1);
    CHECK(signer.verify(text).empty());
}

TEST_CASE("fields are taken from the bottom up, and a signature never signs itself")
{
    const Signer signer{KeyType::ed25519};
    const std::string two = "X-A: 1\r\nX-A: 2\r\n" + std::string{header};
    const auto once = signer.sign(message_of(two), "h=From:X-A");
    CHECK(verdict(signer.verify(once + "X-A: 0\r\n" + message_of(two))) == "pass");
    CHECK(verdict(signer.verify(once + message_of("X-A: 1\r\nX-A: 3\r\n" + std::string{header})))
          == "fail: the header is not what was signed");
    const auto sealed = signer.sign(message_of(two), "h=From:X-A:x-a:X-A");
    CHECK(verdict(signer.verify(sealed + message_of(two))) == "pass");
    CHECK(verdict(signer.verify(sealed + "X-A: 0\r\n" + message_of(two)))
          == "fail: the header is not what was signed");
    const auto itself = signer.sign(message_of(two), "h=From:DKIM-Signature");
    CHECK(verdict(signer.verify(itself + message_of(two))) == "pass");
}

TEST_CASE("what a signature says of itself is safe to show")
{
    const Signer signer{KeyType::ed25519};
    const auto text = message_of(header);
    const auto results = signer.verify(
        "DKIM-Signature: v=1; a=\x80\x81; b=\x82; d=a b; s=;\r\n\t i=\x83@x\r\n" + text);
    REQUIRE(results.size() == 1);
    const auto& result = results[0];
    for (const auto& shown : {result.domain, result.selector, result.algorithm, result.identity,
                              result.signature_start})
        CHECK(shown.empty());
}
