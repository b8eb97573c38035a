// SPDX-License-Identifier: Apache-2.0
#include "filters/blocklist.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"

#include <filesystem>
#include <fstream>

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;
using storage::ListEntry;

namespace {
/// A file that is gone when the test ends, old enough to be believed.
struct ListFile {
    std::filesystem::path path = std::filesystem::temp_directory_path()
        / ("mailweir-blocklist-" + std::to_string(::getpid()));
    explicit ListFile(std::string_view text) { write(text, 1h); }
    ~ListFile() { std::filesystem::remove(path); }
    void write(std::string_view text, std::chrono::seconds age) const
    {
        std::ofstream{path} << text;
        std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - age);
    }
    std::string setting() const { return "files: [\"" + path.string() + "\"]\n"; }
};
mail::Client from(std::string_view address)
{
    mail::Client client;
    client.ip = ip(address);
    return client;
}
bool is_blocked(const World& world, std::string_view address)
{
    return world.layer->admit(from(address)).has_value();
}
}

TEST_CASE("blocklist: a listed address is told where to ask, then it is over")
{
    World world{"blocklist", "block: [192.0.2.0/24]\ncontact: \"https://b.example/mail\""};
    const auto reply = world.layer->admit(from("192.0.2.7"));
    REQUIRE(reply);
    CHECK(reply->code == 554);
    CHECK(reply->enhanced == "5.7.1");
    CHECK(reply->closes);
    CHECK(reply->text == "your address 192.0.2.7 is blocked here; https://b.example/mail");
    CHECK_FALSE(is_blocked(world, "198.51.100.1"));
    World silent{"blocklist", "block: [192.0.2.0/24]\naction: silence"};
    CHECK(silent.layer->admit(from("192.0.2.7"))->text.empty());
}

TEST_CASE("blocklist: feeds are read as they come")
{
    const ListFile file{"# a feed\n192.0.2.1\t10\n192.0.2.2\t2\r\n  198.51.100.0/24  # why\n\n"
                        "2001:db8::/32 3\nnot an address\n203.0.113.9"};
    World world{"blocklist", file.setting() + "min_count: 3"};
    CHECK(is_blocked(world, "192.0.2.1"));
    CHECK_FALSE(is_blocked(world, "192.0.2.2"));
    CHECK(is_blocked(world, "198.51.100.200"));
    CHECK(is_blocked(world, "2001:db8:1::1"));
    CHECK(is_blocked(world, "203.0.113.9"));
    const auto list = Blocklist::of(world.services)->current();
    REQUIRE(list->files.size() == 1);
    CHECK(list->files[0].networks == 4);
    CHECK(list->files[0].malformed == 1);
}

TEST_CASE("blocklist: the answer names list, line, age, hits and last hit")
{
    const ListFile file{"# one\n192.0.2.0/24\n"};
    World world{"blocklist", file.setting()};
    is_blocked(world, "192.0.2.7");
    is_blocked(world, "192.0.2.8");
    const auto list = Blocklist::of(world.services);
    const auto answer = list->test(ip("192.0.2.99"), &world.lists, world.env.wall_now());
    REQUIRE(answer);
    CHECK_FALSE(answer->is_allowed);
    CHECK(answer->list == file.path.string());
    CHECK(answer->line == 2);
    CHECK(answer->network.to_string() == "192.0.2.0/24");
    CHECK(answer->hits.count == 2);
    CHECK(answer->hits.last == world.env.wall_now());
    CHECK(std::chrono::system_clock::now() - answer->list_changed > 59min);
    CHECK_FALSE(list->test(ip("203.0.113.1"), &world.lists, world.env.wall_now()));
}

TEST_CASE("blocklist: the most specific wins over all sources, a tie allows, one action exempts")
{
    World world{"blocklist", "block: [192.0.2.0/24, 198.51.100.0/24]\nallow: [192.0.2.128/25]"};
    CHECK(is_blocked(world, "192.0.2.1"));
    CHECK_FALSE(is_blocked(world, "192.0.2.200"));
    world.lists.put("", ListEntry::Effect::allow, ListEntry::Kind::network, "192.0.2.1/32", 32);
    world.lists.put("", ListEntry::Effect::allow, ListEntry::Kind::network, "198.51.100.0/24", 24);
    world.lists.put("", ListEntry::Effect::block, ListEntry::Kind::network, "192.0.2.200/32", 32);
    world.lists.put("", ListEntry::Effect::block, ListEntry::Kind::network, "203.0.113.0/24", 24);
    CHECK_FALSE(is_blocked(world, "192.0.2.1"));
    CHECK_FALSE(is_blocked(world, "198.51.100.1"));
    CHECK(is_blocked(world, "192.0.2.200"));
    CHECK(is_blocked(world, "203.0.113.5"));
    CHECK(Blocklist::of(world.services)->test(ip("203.0.113.5"), &world.lists, {})->list
          == "administrator");
}

TEST_CASE("blocklist: a changed file takes effect without a restart, a broken one changes nothing")
{
    const ListFile file{"192.0.2.1\n"};
    World world{"blocklist", file.setting() + "look_every: 30 s"};
    const auto settle = [&](net::WorkerPool& pool) {
        world.services.pool = &pool;
        world.env.advance(31s);
        is_blocked(world, "192.0.2.1");
    };
    {
        net::WorkerPool pool{1};
        file.write("192.0.2.2\n192.0.2.3\n", 1min);
        settle(pool);
    }
    world.services.pool = nullptr;
    CHECK_FALSE(is_blocked(world, "192.0.2.1"));
    CHECK(is_blocked(world, "192.0.2.2"));
    {
        net::WorkerPool pool{1};
        std::filesystem::remove(file.path);
        settle(pool);
    }
    world.services.pool = nullptr;
    CHECK(is_blocked(world, "192.0.2.2"));
    {
        net::WorkerPool pool{1};
        file.write("192.0.2.9\n", 0s); // may still be written to
        settle(pool);
    }
    world.services.pool = nullptr;
    CHECK(is_blocked(world, "192.0.2.2"));
}

TEST_CASE("blocklist: a file that cannot be read refuses the configuration")
{
    World world{"blocklist", "files: [/nowhere/list.txt]"};
    CHECK(world.said().find("cannot read /nowhere/list.txt") != std::string::npos);
    World folder{"blocklist", "files: [/tmp]"};
    CHECK(folder.said().find("not a plain file") != std::string::npos);
}

TEST_CASE("blocklist: hits are counted in bounded memory, the latest stay")
{
    Blocklist list;
    const auto start = std::chrono::system_clock::time_point{};
    for (std::uint32_t i = 0; i < 150'000; ++i) {
        const mail::Ip address{mail::Ip::Bytes{
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, static_cast<std::uint8_t>(i >> 16),
            static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
        list.hit(mail::Network::of(address, 32), start + std::chrono::seconds{i});
    }
    CHECK(list.hits(*mail::Network::parse("10.0.0.0")).count == 0);
    CHECK(list.hits(*mail::Network::parse("10.2.73.239")).count == 1);
}
