// SPDX-License-Identifier: Apache-2.0
#include "storage/journal_file.hpp"
#include "tests/unit/storage/directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using State = storage::DedupeJournal::Earlier::State;

namespace {
storage::TransactionHash hash_of(std::uint64_t number)
{
    storage::TransactionHash hash{};
    for (std::size_t i = 0; i < 8; ++i) {
        hash[i] = static_cast<std::uint8_t>((number * 0x9e3779b97f4a7c15ULL) >> (8 * i));
        hash[8 + i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return hash;
}

struct Journal {
    Directory directory;
    net::TestEnv env;
    std::string path = directory.path() + "/dedupe";
    std::optional<storage::DedupeJournal> journal{std::in_place, path, std::size_t{256}};
    State state(std::uint64_t number = 1)
    {
        return journal->find(hash_of(number), env.wall_now()).state;
    }
    void reopen(std::size_t capacity = 256)
    {
        journal.reset();
        journal.emplace(path, capacity);
    }
};
const mail::MailId first{11}, second{22};
}

TEST_CASE("the journal goes from intent over delivered to confirmed, and by no other way")
{
    enum class Act { intend, deliver, confirm, withdraw };
    using enum Act;
    const auto [acts, expected] = GENERATE(table<std::vector<Act>, State>({
        {{}, State::none},
        {{intend}, State::intent},
        {{intend, withdraw}, State::none},
        {{intend, confirm}, State::intent},
        {{intend, deliver}, State::delivered},
        {{intend, deliver, withdraw}, State::delivered},
        {{intend, deliver, confirm}, State::confirmed},
        {{intend, deliver, confirm, deliver}, State::confirmed},
        {{intend, deliver, confirm, withdraw}, State::confirmed},
        {{intend, deliver, confirm, intend}, State::intent},
        {{deliver}, State::delivered},
        {{withdraw}, State::none},
        {{confirm}, State::none},
    }));
    Journal journal;
    CHECK(journal.state() == State::none);
    for (const auto act : acts) {
        switch (act) {
        case intend: journal.journal->intend(hash_of(1), first, journal.env.wall_now()); break;
        case deliver: journal.journal->delivered(hash_of(1), first); break;
        case confirm: journal.journal->confirmed(hash_of(1), first); break;
        case withdraw: journal.journal->withdraw(hash_of(1), first); break;
        }
    }
    CHECK(journal.state() == expected);
    journal.reopen();
    const auto earlier = journal.journal->find(hash_of(1), journal.env.wall_now());
    if (!acts.empty() && acts[0] == intend)
        CHECK(earlier.state == expected);
    CHECK_FALSE(earlier.is_ours);
}

TEST_CASE("only the transaction that intended last may change its record")
{
    Journal journal;
    const auto now = journal.env.wall_now();
    journal.journal->intend(hash_of(1), first, now);
    CHECK(journal.journal->find(hash_of(1), now).is_ours);
    journal.journal->intend(hash_of(1), second, now);
    journal.journal->delivered(hash_of(1), first);
    journal.journal->withdraw(hash_of(1), first);
    const auto earlier = journal.journal->find(hash_of(1), now);
    CHECK(earlier.state == State::intent);
    CHECK(earlier.id == second);
}

TEST_CASE("a hash that was not computed is nobody's")
{
    Journal journal;
    journal.journal->intend({}, first, journal.env.wall_now());
    journal.journal->delivered({}, first);
    CHECK(journal.journal->find({}, journal.env.wall_now()).state == State::none);
}

TEST_CASE("records are forgotten after a day")
{
    Journal journal;
    journal.journal->intend(hash_of(1), first, journal.env.wall_now());
    journal.journal->delivered(hash_of(1), first);
    journal.env.advance(24h);
    CHECK(journal.state() == State::delivered);
    journal.env.advance(1s);
    CHECK(journal.state() == State::none);
}

TEST_CASE("a full journal forgets what is missed least: confirmed before delivered, old before new")
{
    Journal journal;
    journal.reopen(16);
    for (std::uint64_t number = 1; number <= 16; ++number) {
        journal.journal->intend(hash_of(number), first, journal.env.wall_now());
        journal.journal->delivered(hash_of(number), first);
        if (number == 9)
            journal.journal->confirmed(hash_of(number), first);
        journal.env.advance(1s);
    }
    journal.journal->intend(hash_of(17), first, journal.env.wall_now());
    CHECK(journal.state(9) == State::none);
    CHECK(journal.state(1) == State::delivered);
    journal.journal->intend(hash_of(18), first, journal.env.wall_now());
    CHECK(journal.state(1) == State::none);
    CHECK(journal.state(2) == State::delivered);
    CHECK(journal.state(17) == State::intent);
}

TEST_CASE("a damaged or resized file is made anew")
{
    Journal journal;
    journal.journal->intend(hash_of(1), first, journal.env.wall_now());
    journal.journal.reset();
    SECTION("cut off")
    {
        std::filesystem::resize_file(journal.path, 1000);
    }
    SECTION("emptied")
    {
        std::filesystem::resize_file(journal.path, 0);
    }
    SECTION("overwritten from the start")
    {
        std::ofstream{journal.path, std::ios::binary | std::ios::in} << std::string(100, 'x');
    }
    journal.reopen();
    CHECK(journal.state() == State::none);
    journal.journal->intend(hash_of(1), first, journal.env.wall_now());
    CHECK(journal.state() == State::intent);
}

TEST_CASE("no damaged byte makes a record that was not there")
{
    Journal journal;
    journal.reopen(16);
    journal.journal->intend(hash_of(1), first, journal.env.wall_now());
    journal.journal.reset();
    const auto size = std::filesystem::file_size(journal.path);
    // Behind the header: each byte of the only record and some around it.
    for (std::uintmax_t place = 64; place < size; ++place) {
        for (const char flip : {'\x01', '\x80'}) {
            std::fstream file{journal.path, std::ios::binary | std::ios::in | std::ios::out};
            char octet = 0;
            file.seekg(static_cast<std::streamoff>(place)).get(octet);
            file.seekp(static_cast<std::streamoff>(place)).put(static_cast<char>(octet ^ flip));
            file.close();
            journal.journal.emplace(journal.path, 16);
            const auto found = journal.state();
            const bool is_true = found == State::none || found == State::intent;
            if (!is_true)
                FAIL("a byte at " << place << " made a record");
            journal.journal.reset();
            file.open(journal.path, std::ios::binary | std::ios::in | std::ios::out);
            file.seekp(static_cast<std::streamoff>(place)).put(octet);
        }
    }
}

TEST_CASE("what a killed process had said is remembered")
{
    Journal journal;
    const auto now = journal.env.wall_now();
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        journal.journal->intend(hash_of(1), first, now);
        journal.journal->delivered(hash_of(1), first);
        journal.journal->intend(hash_of(2), second, now);
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    journal.reopen();
    CHECK(journal.state(1) == State::delivered);
    CHECK(journal.journal->find(hash_of(1), now).id == first);
    CHECK(journal.state(2) == State::intent);
}

TEST_CASE("a transaction's hash tells apart what differs and joins what is the same")
{
    const auto hash = [](std::uint64_t secret, const char* client, const char* sender,
                         std::vector<std::string> recipients,
                         std::initializer_list<std::string_view> parts) {
        storage::TransactionHasher hasher{secret};
        mail::ReversePath path;
        if (*sender)
            path = *mail::Mailbox::parse(sender);
        hasher.envelope(*mail::Ip::parse(client), path, std::move(recipients));
        for (const auto part : parts)
            hasher.update(part);
        return hasher.finish();
    };
    const auto same = hash(1, "192.0.2.1", "a@b.example", {"x@c", "y@c"}, {"bo", "dy"});
    CHECK(hash(1, "192.0.2.254", "A@B.example", {"y@c", "x@c"}, {"body"}) == same);
    CHECK(hash(2, "192.0.2.1", "a@b.example", {"x@c", "y@c"}, {"body"}) != same);
    CHECK(hash(1, "192.0.3.1", "a@b.example", {"x@c", "y@c"}, {"body"}) != same);
    CHECK(hash(1, "192.0.2.1", "c@b.example", {"x@c", "y@c"}, {"body"}) != same);
    CHECK(hash(1, "192.0.2.1", "", {"x@c", "y@c"}, {"body"}) != same);
    CHECK(hash(1, "192.0.2.1", "a@b.example", {"x@c"}, {"body"}) != same);
    CHECK(hash(1, "192.0.2.1", "a@b.example", {"x@cy@c"}, {"body"}) != same);
    CHECK(hash(1, "192.0.2.1", "a@b.example", {"x@c", "y@c"}, {"bodY"}) != same);
    CHECK(hash(1, "2001:db8:1::1", "", {}, {}) == hash(1, "2001:db8:1:ffff::2", "", {}, {}));
    CHECK(hash(1, "2001:db8:1::1", "", {}, {}) != hash(1, "2001:db8:2::1", "", {}, {}));
    CHECK(same != storage::TransactionHash{});
}
