// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/gateway.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <thread>

using namespace std::chrono_literals;
using storage::Attempt;
using storage::Commit;
using storage::RowState;

TEST_CASE("many loops commit, take and record at once")
{
    Gateway gateway;
    constexpr std::uint64_t loops = 4;
    constexpr std::uint64_t each = 50;
    std::vector<std::thread> threads;
    std::atomic<int> delivered{0};
    for (std::uint64_t number = 0; number < loops; ++number)
        threads.emplace_back([&, number] {
            net::Loop loop{gateway.env};
            for (std::uint64_t i = 0; i < each; ++i) {
                wait_for(loop,
                         gateway.store().commit(make_mail(1 + number * each + i), one_row(), {}));
                auto rows = wait_for(loop, gateway.store().due(gateway.env.wall_now(), 3));
                std::vector<Attempt> attempts;
                for (const auto& row : rows)
                    attempts.push_back({row.id, Attempt::Outcome::delivered, "250", "", {}});
                delivered += static_cast<int>(attempts.size());
                wait_for(loop, gateway.store().record(std::move(attempts)));
                wait_for(loop, gateway.store().list({.text = "bob", .limit = 5}));
            }
        });
    for (auto& thread : threads)
        thread.join();
    const auto left = gateway.due(1000).size();
    CHECK(static_cast<std::uint64_t>(delivered) + left == loops * each);
    CHECK(gateway.store().usage().waiting == left);
}

TEST_CASE("a row id is written and read as ID/N")
{
    const storage::RowId id{mail::MailId{1234567}, 3};
    CHECK(storage::RowId::parse(id.to_string()) == id);
    const auto mail = id.mail.to_string();
    for (const auto& wrong : {mail, mail + "/", mail + "/x", mail + "/3x", mail + "/-1",
                              mail + "/99999999999", std::string{"/3"}, std::string{}})
        CHECK_FALSE(storage::RowId::parse(wrong));
}

TEST_CASE("two gateways cannot share a data directory")
{
    Gateway gateway;
    const auto second = storage::open(gateway.settings, gateway.env);
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error(), Catch::Contains("in use by another mailweir"));
}

TEST_CASE("the installation's secret is made once, and files are their owner's alone")
{
    Gateway gateway;
    const auto secret = gateway.storage->secret;
    CHECK(secret != 0);
    gateway.restart();
    CHECK(gateway.storage->secret == secret);
    for (const std::string name : {"secret", "mail.db", "mail.db-wal", "history.db", "lessons.db",
                                   "lock", "dedupe.journal"}) {
        CAPTURE(name);
        struct stat status{};
        REQUIRE(::stat((gateway.directory.path() + "/" + name).c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
    }
}
