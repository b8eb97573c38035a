// SPDX-License-Identifier: Apache-2.0
#include "storage/mail_memory.hpp"
#include "tests/unit/storage/directory.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using storage::MailMemory;
using storage::MemorySegment;
using storage::RememberedMail;
using namespace std::chrono_literals;

namespace {
/// The nth mail that came in, a second after the one before, like no other.
RememberedMail mail_number(std::uint64_t n)
{
    return {.message_id = n * 1'000'003 + 1,
            .body = n * 999'983 + 1,
            .bands = {static_cast<std::uint32_t>(n * 4 + 1), static_cast<std::uint32_t>(n * 4 + 2),
                      static_cast<std::uint32_t>(n * 4 + 3), static_cast<std::uint32_t>(n * 4 + 4)},
            .recipient = 7,
            .mail = n,
            .time = static_cast<std::uint32_t>(n)};
}
MailMemory::WallTime at(std::uint64_t seconds)
{
    return MailMemory::WallTime{std::chrono::seconds{seconds}};
}
std::vector<std::uint64_t> numbers(const std::vector<RememberedMail>& mails)
{
    std::vector<std::uint64_t> all;
    for (const auto& mail : mails)
        all.push_back(mail.mail);
    return all;
}
std::unique_ptr<MailMemory> opened(const std::string& directory, MailMemory::Limits limits = {})
{
    auto memory = MailMemory::open(directory, limits);
    REQUIRE(memory);
    return std::move(*memory);
}
using Numbers = std::vector<std::uint64_t>;
}

TEST_CASE("a mail is known again by its id, its text or a part of its likeness")
{
    const Directory folder;
    const auto memory = opened(folder.path() + "/memory");
    for (std::uint64_t n = 1; n <= 500; ++n)
        memory->remember(mail_number(n));
    const auto whole = mail_number(321);
    RememberedMail by_id, by_body, by_band, by_nothing;
    by_id.message_id = whole.message_id;
    by_body.body = whole.body;
    by_band.bands[2] = whole.bands[2];
    by_nothing.chain = 5;
    for (const auto& like : {whole, by_id, by_body, by_band})
        CHECK(numbers(memory->find(like, at(600))) == Numbers{321});
    CHECK(memory->find(by_nothing, at(600)).empty());
    CHECK(memory->find(mail_number(501), at(600)).empty());
}

TEST_CASE("what was remembered survives a restart, a lost table and a torn record")
{
    const Directory folder;
    const auto path = folder.path() + "/memory";
    {
        const auto memory = opened(path);
        for (std::uint64_t n = 1; n <= 100; ++n)
            memory->remember(mail_number(n));
    }
    CHECK(numbers(opened(path)->find(mail_number(50), at(200))) == Numbers{50});
    std::filesystem::remove(path + "/00000001.index");
    CHECK(numbers(opened(path)->find(mail_number(50), at(200))) == Numbers{50});
    const int file = ::open((path + "/00000001").c_str(), O_RDWR);
    REQUIRE(::pwrite(file, "torn", 4, 64 * 50 + 8) == 4); // the record behind the head and 49 more
    ::close(file);
    CHECK(opened(path)->find(mail_number(50), at(200)).empty());
    CHECK(numbers(opened(path)->find(mail_number(51), at(200))) == Numbers{51});
    std::ofstream{path + "/00000001"} << "no segment at all";
    const auto anew = opened(path);
    CHECK(anew->size() == 0);
    anew->remember(mail_number(1));
    CHECK(numbers(anew->find(mail_number(1), at(200))) == Numbers{1});
}

TEST_CASE("of a text that thousands share the newest few are known, and none costs more")
{
    const Directory folder;
    const auto memory = opened(folder.path() + "/memory");
    for (std::uint64_t n = 1; n <= 20'000; ++n) {
        auto mail = mail_number(n);
        mail.body = 77;
        memory->remember(mail);
    }
    RememberedMail like;
    like.body = 77;
    const auto found = numbers(memory->find(like, at(20'000)));
    REQUIRE(found.size() == 8);
    CHECK(found.front() == 20'000);
    CHECK(found.back() > 19'900);
    CHECK(numbers(memory->find(mail_number(123), at(20'000))) == Numbers{123});
}

TEST_CASE("the oldest goes where there are too many, and all that is too old")
{
    const Directory folder;
    const auto memory
        = opened(folder.path() + "/memory", {.mails = 1000, .keep = 500s, .first_segment = 100});
    for (std::uint64_t n = 1; n <= 5000; ++n)
        memory->remember(mail_number(n));
    CHECK(memory->size() <= 1000);
    CHECK(memory->size() >= 800);
    CHECK(numbers(memory->find(mail_number(4990), at(5000))) == Numbers{4990});
    CHECK(memory->find(mail_number(10), at(5000)).empty());
    CHECK(memory->find(mail_number(4990), at(5600)).empty());
    memory->sweep(at(6000));
    CHECK(memory->size() == 0);
    CHECK(std::filesystem::is_empty(folder.path() + "/memory"));
}
