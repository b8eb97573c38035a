// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/updater.hpp"

#include "filters/content/sha256.hpp"
#include "gateway/net/resolver.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/feeds/folder.hpp"

#include <catch2/catch.hpp>

using namespace filters::feeds;
using namespace filters::feeds::test;
using namespace std::chrono_literals;

namespace {
net::awaitable<void> ask(Updater& updater, bool only_looks, Updater::Outcome& outcome)
{
    outcome = co_await updater.update("site", only_looks);
}
net::awaitable<void> ask_due(Updater& updater, std::size_t& looked)
{
    looked = (co_await updater.update_due()).size();
}

/// A folder as source, a data directory, and what brings the one into the other.
struct UpdateWorld {
    UpdateWorld() { configure(); }
    void configure(std::uint64_t limit = 1 << 20)
    {
        updater.configure({{.name = "site",
                            .url = source.path,
                            .key = public_key(),
                            .every = 6h,
                            .max_age = 24h,
                            .limit = limit}});
    }
    Updater::Outcome update(bool only_looks = false)
    {
        Updater::Outcome outcome;
        support::run(loop, ask(updater, only_looks, outcome));
        return outcome;
    }
    std::size_t due()
    {
        std::size_t looked = 0;
        support::run(loop, ask_due(updater, looked));
        return looked;
    }
    std::string in_use() const { return data.read("feeds/site/current/bad.links"); }
    std::string problem() const { return updater.reports().at(0).problem; }
    std::chrono::sys_seconds now()
    {
        return std::chrono::floor<std::chrono::seconds>(env.wall_now());
    }

    net::TestEnv env;
    net::Loop loop{env};
    net::WorkerPool pool{2};
    net::Resolver resolver{pool};
    Folder source, data;
    Updater updater{data.path, resolver, pool, env};
};
}

TEST_CASE("what is signed, newer and usable is taken, once")
{
    UpdateWorld world;
    world.source.write("bad.links", "evil.example\n");
    const auto index = publish(world.source, "site", world.now());
    auto outcome = world.update(true);
    CHECK(outcome.is_new);
    CHECK(outcome.serial == index.serial);
    CHECK(world.in_use().empty()); // it only looked
    outcome = world.update();
    CHECK(outcome.problem.empty());
    CHECK(outcome.is_new);
    CHECK(world.in_use() == "evil.example\n");
    CHECK_FALSE(world.update().is_new);

    world.source.write("bad.links", "worse.example\n");
    world.source.write("more.addresses", "192.0.2.0/24\n");
    publish(world.source, "site", world.now());
    outcome = world.update();
    CHECK(outcome.files.size() == 2);
    CHECK(world.in_use() == "worse.example\n");
    CHECK(world.problem().empty());
}

namespace {
/// One version is in use, and a newer one lies there.
struct ChangedWorld : UpdateWorld {
    ChangedWorld()
    {
        source.write("bad.links", "evil.example\n");
        publish(source, "site", now());
        old_index = source.read("index");
        update();
        source.write("bad.links", "worse.example\n");
        publish(source, "site", now());
    }
    void refuses(std::string_view words)
    {
        const auto outcome = update();
        CAPTURE(outcome.problem);
        CHECK(outcome.problem.contains(words));
        CHECK_FALSE(outcome.is_new);
        CHECK(in_use() == "evil.example\n");
        CHECK(problem().contains(words));
    }
    FeedIndex newer() const
    {
        auto index = *FeedIndex::parse(old_index.substr(0, old_index.find("signature")));
        index.serial += 100;
        return index;
    }
    std::string old_index;
};
}

TEST_CASE("a file that is not what the index says is refused, and all stays as it was")
{
    ChangedWorld world;
    SECTION("it was changed")
    {
        world.source.write("bad.links", "wurst.example\n");
        world.refuses("SHA-256");
    }
    SECTION("it was cut short")
    {
        world.source.write("bad.links", "worse.ex");
        world.refuses("has 8 octets instead of 14");
    }
    SECTION("it grew")
    {
        world.source.write("bad.links", "worse.example\nmore.example\n");
        world.refuses("larger than 14 octets");
    }
    SECTION("it is missing")
    {
        std::filesystem::remove(world.source.path + "/bad.links");
        world.refuses("is not there");
    }
    SECTION("it is a link to elsewhere")
    {
        std::filesystem::remove(world.source.path + "/bad.links");
        std::filesystem::create_symlink("/etc/passwd", world.source.path + "/bad.links");
        world.refuses("bad.links");
    }
    SECTION("it is not usable")
    {
        const std::string text = "these are\nno links at all\n!!\n";
        auto index = world.newer();
        index.files[0].size = text.size();
        index.files[0].sha256 = filters::content::sha256(text);
        world.source.write("bad.links", text);
        world.source.write("index", signed_text(index, signer()));
        world.refuses("bad.links: ");
    }
}

TEST_CASE("an index that is not of the source is refused, and all stays as it was")
{
    ChangedWorld world;
    SECTION("another signed it")
    {
        const auto stranger = filters::auth::PrivateKey::generate(filters::auth::KeyType::ed25519);
        world.source.write("index", signed_text(world.newer(), stranger));
        world.refuses("signature is wrong");
    }
    SECTION("it is cut short")
    {
        world.source.write("index", std::string_view{world.old_index}.substr(0, 100));
        world.refuses("not signed");
    }
    SECTION("there is none")
    {
        std::filesystem::remove(world.source.path + "/index");
        world.refuses("index is not there");
    }
    SECTION("its files are more than allowed")
    {
        world.configure(10);
        world.refuses("more than 10");
    }
}

TEST_CASE("an older index that is played again is refused, also after a rollback")
{
    UpdateWorld world;
    world.source.write("bad.links", "evil.example\n");
    publish(world.source, "site", world.now());
    const auto old_index = world.source.read("index");
    REQUIRE(world.update().is_new);
    world.source.write("bad.links", "worse.example\n");
    publish(world.source, "site", world.now());
    REQUIRE(world.update().is_new);

    world.source.write("bad.links", "evil.example\n");
    world.source.write("index", old_index);
    CHECK(world.update().problem.contains("plays again"));
    CHECK(world.in_use() == "worse.example\n");

    REQUIRE(world.updater.store().roll_back("site"));
    CHECK(world.in_use() == "evil.example\n");
    world.source.write("bad.links", "worse.example\n");
    publish(world.source, "site", world.now()); // the old index lay there: the same number again
    CHECK_FALSE(world.update().is_new);
    CHECK(world.in_use() == "evil.example\n");
}

TEST_CASE("sources are looked at when it is time, and age is told")
{
    UpdateWorld world;
    world.source.write("bad.links", "evil.example\n");
    publish(world.source, "site", world.now());
    CHECK(world.due() == 1);
    CHECK(world.due() == 0);
    world.env.advance(5h);
    CHECK(world.due() == 0);
    world.env.advance(2h);
    CHECK(world.due() == 1);
    CHECK(world.problem().empty());
    world.env.advance(18h);
    CHECK(world.problem() == "what is in use is 1 days old");
}

TEST_CASE("a source that nobody configured is a problem, not a crash")
{
    UpdateWorld world;
    world.updater.configure({});
    CHECK(world.update().problem.contains("no source is called"));
}
