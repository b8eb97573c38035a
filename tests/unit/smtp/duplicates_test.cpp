// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/duplicates.hpp"
#include "tests/support/gateway_under_test.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

using storage::TransactionHash;

namespace {
const std::string head = "Message-ID: <1@a.example>\r\nDate: today\r\nSubject: x\r\n\r\n";

mail::Mail sent(std::string_view text = head + "body\r\n", std::string_view client = "192.0.2.1",
                std::vector<std::string> to = {"bob@example.test", "amy@example.test"})
{
    mail::Mail mail;
    mail.client.ip = mail::Ip::parse(client).value();
    mail.sender = mail::Mailbox::parse("ann@sender.example").value();
    for (const auto& address : to)
        mail.recipients.push_back({.address = mail::Mailbox::parse(address).value()});
    mail.message = mail::Message::from_text(text);
    return mail;
}

TransactionHash hash_of(const mail::Mail& mail, std::uint64_t secret = 1)
{
    static net::TestEnv env;
    net::Loop loop{env};
    smtp::Context context;
    context.secret = secret;
    TransactionHash hash{};
    auto work
        = [&]() -> net::awaitable<void> { hash = co_await smtp::transaction_hash(context, mail); };
    support::run(loop, work());
    return hash;
}
}

TEST_CASE("the same transaction has the same hash, however it was cut and ordered")
{
    const auto first = hash_of(sent());
    CHECK(first != TransactionHash{});
    CHECK(first == hash_of(sent(head + "body\r\n", "192.0.2.250")));
    CHECK(
        first
        == hash_of(sent(head + "body\r\n", "192.0.2.1", {"amy@example.test", "bob@example.test"})));
    auto cut = sent();
    std::vector<mail::Chunk> chunks;
    for (const char c : head + "body\r\n")
        chunks.push_back(mail::Chunk::copy_of({&c, 1}));
    cut.message = mail::Message{std::move(chunks), mail::Dots::plain};
    CHECK(first == hash_of(cut));
}

TEST_CASE("what differs in anything that counts has another hash")
{
    const auto first = hash_of(sent());
    CHECK(first != hash_of(sent(), 2));
    CHECK(first != hash_of(sent(head + "Body\r\n")));
    CHECK(first != hash_of(sent(head + "body\r\n", "192.0.3.1")));
    CHECK(first != hash_of(sent(head + "body\r\n", "192.0.2.1", {"bob@example.test"})));
    CHECK(first != hash_of(sent("Message-ID: <2@a.example>\r\nDate: today\r\n\r\nbody\r\n")));
    CHECK(first != hash_of(sent("Message-ID: <1@a.example>\r\nDate: now\r\n\r\nbody\r\n")));
    auto from_nobody = sent();
    from_nobody.sender.reset();
    CHECK(first != hash_of(from_nobody));
}

TEST_CASE("a large body counts to its last octet")
{
    const std::string large(300'000, 'x');
    CHECK(hash_of(sent(head + large + "a\r\n")) != hash_of(sent(head + large + "b\r\n")));
}

TEST_CASE("without Message-ID or Date there is no hash, so nothing is ever suppressed")
{
    CHECK(hash_of(sent("Date: today\r\n\r\nbody\r\n")) == TransactionHash{});
    CHECK(hash_of(sent("Message-ID: <1@a.example>\r\n\r\nbody\r\n")) == TransactionHash{});
    CHECK(hash_of(sent("")) == TransactionHash{});
}
