// SPDX-License-Identifier: Apache-2.0
#include "filters/two_way_memory.hpp"

#include "filters/content/analysis.hpp"
#include "filters/layer.hpp"
#include "storage/records.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/folder.hpp"

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;

namespace {
/// A text of so many words; every `odd`th of them is another.
std::string words(std::string_view seed, unsigned count, unsigned odd = 0)
{
    std::string text;
    std::uint64_t state = storage::hash_for_memory(seed, 0);
    for (unsigned i = 0; i < count; ++i) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        auto value = state >> 33;
        if (odd != 0 && i % odd == 0)
            value ^= 0x5A5A5A;
        for (int k = 0; k < 6; ++k, value /= 20)
            text += "bcdfghklmnprstvaeiou"[value % 20];
        text += i % 12 == 11 ? "\r\n" : " ";
    }
    return text + "\r\n";
}

/// A gateway that both directions pass.
struct Gateway {
    Gateway()
    {
        auto opened = storage::MailMemory::open(folder.path + "/memory", {.mails = 10'000});
        REQUIRE(opened);
        TwoWayMemory::Parts parts{.memory = std::move(*opened), .pool = &pool};
        parts.fingerprints = fingerprints;
        parts.secret = 42;
        memory = std::make_unique<TwoWayMemory>(std::move(parts));
    }
    static std::shared_ptr<const Content> content_of(const mail::Message& message)
    {
        auto content = std::make_shared<Content>(content::analyse(message, {}));
        content->fingerprints
            = content::fingerprints_of(*content, content::recipient_words(message.header()));
        return content;
    }
    mail::Mail mail_of(mail::Direction direction, const std::string& text)
    {
        mail::Mail mail;
        mail.id = mail::MailId{++ids};
        mail.direction = direction;
        mail.received_at = now += 1s;
        mail.message = mail::Message::from_text(text);
        mail.content = content_of(mail.message);
        return mail;
    }
    mail::MailId receives(const std::string& text, std::vector<std::string> recipients,
                          mail::Verdict verdict)
    {
        auto mail = mail_of(mail::Direction::inbound, text);
        for (const auto& recipient : recipients)
            mail.recipients.push_back({.address = mailbox(recipient), .verdict = verdict});
        memory->remember(mail);
        fingerprints->remember(mail.id, mail.content->fingerprints);
        return mail.id;
    }
    std::optional<CameIn> sends(const std::string& text)
    {
        const auto mail = mail_of(mail::Direction::outbound, text);
        std::optional<CameIn> found;
        net::Loop loop{net::Env::real()};
        support::run(loop, find(*memory, mail, found));
        if (!found)
            memory->remember_outgoing(mail);
        return found;
    }
    static net::awaitable<void> find(TwoWayMemory& memory, const mail::Mail& mail,
                                     std::optional<CameIn>& found)
    {
        found = co_await memory.find(mail);
    }

    const Folder folder;
    net::WorkerPool pool{1};
    storage::Records prints{folder.path, storage::DatabaseFile::fingerprints},
        mails{folder.path, storage::DatabaseFile::mail_fingerprints};
    std::shared_ptr<FingerprintTable> fingerprints
        = std::make_shared<FingerprintTable>(&prints, &mails);
    std::unique_ptr<TwoWayMemory> memory;
    std::uint64_t ids = 0;
    std::chrono::system_clock::time_point now{std::chrono::seconds{1'790'000'000}};
};

std::string letter(std::string_view id, std::string_view body,
                   std::string_view subject = "Subject: hello\r\n", std::string_view before = "")
{
    return std::string{before} + "Received: from a.far.example by mx.far.example; today\r\n"
        + "Message-ID: <" + std::string{id} + ">\r\nFrom: x@far.example\r\n" + std::string{subject}
    + "\r\n" + std::string{body};
}
const mail::Verdict tagged{.action = mail::Action::tag}, clean{};
}

TEST_CASE("two ways: what came in is known when it goes out, whatever a forwarder does to it")
{
    Gateway gateway;
    const auto text = words("spam", 200);
    const auto id = gateway.receives(letter("1@far.example", text), {"list@b.example"}, tagged);
    gateway.receives(letter("2@far.example", words("other", 200)), {"bob@b.example"}, clean);
    struct Case {
        const char* what;
        std::string mail;
        std::string_view by;
    };
    const auto trail = "Received: from mx by inside.b.example id " + id.to_string()
        + " for <list@b.example>; today\r\n";
    const std::vector<Case> cases{
        {"unchanged", letter("1@far.example", text), "Message-ID"},
        {"a tag in the subject", letter("1@far.example", text, "Subject: [Fwd] hello\r\n"),
         "Message-ID"},
        {"a footer", letter("1@far.example", text + "--\r\nlist footer\r\n"), "Message-ID"},
        {"another Message-ID", letter("new@b.example", text), "text"},
        {"another Message-ID and some words", letter("new@b.example", words("spam", 200, 60)),
         "likeness"},
        {"our own line stands in it", letter("1@far.example", text, "Subject: x\r\n", trail),
         "Received"},
    };
    for (const auto& one : cases) {
        INFO(one.what);
        const auto found = gateway.sends(one.mail);
        REQUIRE(found);
        CHECK(found->id == id);
        CHECK(found->is_spam);
        CHECK(found->by == one.by);
        CHECK(found->recipients == std::vector<std::string>{"list@b.example"});
    }
    CHECK_FALSE(gateway.sends(letter("3@b.example", words("something else", 200))));
}

TEST_CASE("two ways: of several recipients the one in its fields sends it on")
{
    Gateway gateway;
    const auto text = words("news", 100);
    gateway.receives(letter("1@far.example", text), {"ann@b.example", "bob@b.example"}, clean);
    const auto found = gateway.sends(
        letter("1@far.example", text, "Subject: x\r\n", "Delivered-To: bob@b.example\r\n"));
    REQUIRE(found);
    CHECK(found->recipients == std::vector<std::string>{"bob@b.example", "ann@b.example"});
    CHECK_FALSE(found->is_spam);
}

TEST_CASE("two ways: what the policy would have done counts as done, what people let go does not")
{
    Gateway gateway;
    mail::Verdict observed;
    observed.rule = "observe: would reject (points ≥ 9)";
    gateway.receives(letter("1@far.example", words("a", 100)), {"ann@b.example"}, observed);
    gateway.receives(letter("2@far.example", words("b", 100)), {"ann@b.example"},
                     {.action = mail::Action::quarantine});
    gateway.receives(letter("3@far.example", words("c", 100)), {"ann@b.example"},
                     {.action = mail::Action::discard});
    const auto first = gateway.sends(letter("1@far.example", words("a", 100)));
    REQUIRE(first);
    CHECK(first->is_spam);
    CHECK(first->action == "reject");
    const auto second = gateway.sends(letter("2@far.example", words("b", 100)));
    REQUIRE(second);
    CHECK_FALSE(second->is_spam);
    CHECK_FALSE(gateway.sends(letter("3@far.example", words("c", 100))));
}

TEST_CASE("two ways: our own mail that a list sends back is no forward when it leaves again")
{
    Gateway gateway;
    const auto text = words("ours", 100);
    const auto mine = "Message-ID: <ours@b.example>\r\nFrom: ann@b.example\r\n\r\n" + text;
    CHECK_FALSE(gateway.sends(mine));
    gateway.receives(letter("ours@b.example", text), {"bob@b.example"}, tagged);
    CHECK_FALSE(gateway.sends(mine));
}

TEST_CASE("two ways: an answer to spam is no spam")
{
    Gateway gateway;
    gateway.receives(letter("1@far.example", words("spam", 100)), {"ann@b.example"}, tagged);
    CHECK_FALSE(gateway.sends("Message-ID: <answer@b.example>\r\nIn-Reply-To: <1@far.example>\r\n"
                              "From: ann@b.example\r\n\r\nNo, thank you.\r\n"
                              + words("mine", 60)));
}
