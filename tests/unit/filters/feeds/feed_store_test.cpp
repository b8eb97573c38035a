// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_store.hpp"

#include "filters/content/sha256.hpp"
#include "tests/unit/filters/feeds/folder.hpp"

#include <catch2/catch.hpp>

#include <system_error>

using namespace filters::feeds;
using namespace filters::feeds::test;
namespace fs = std::filesystem;

namespace {
const auto all_well = [](const std::string&) { return std::string{}; };

FeedIndex version(std::uint64_t serial, const std::string& text)
{
    FeedIndex index{.name = "site", .serial = serial, .made = start, .files = {}};
    index.files.push_back({FileKind::other, "note", text.size(), filters::content::sha256(text)});
    return index;
}
std::string install(FeedStore& store, std::uint64_t serial, const std::string& text)
{
    const auto index = version(serial, text);
    const auto done
        = store.install(index, signed_text(index, signer()), {{"note", text}}, all_well);
    if (done)
        store.prove("site");
    return done ? "" : done.error();
}
/// Without a word that it serves.
void install_on_trial(FeedStore& store, std::uint64_t serial, const std::string& text)
{
    const auto index = version(serial, text);
    REQUIRE(store.install(index, signed_text(index, signer()), {{"note", text}}, all_well));
}
std::string in_use(const Folder& folder) { return folder.read("feeds/site/current/note"); }
std::vector<std::uint64_t> serials(const FeedStore& store)
{
    std::vector<std::uint64_t> all;
    for (const auto& one : store.versions("site"))
        all.push_back(one.serial);
    return all;
}
using Serials = std::vector<std::uint64_t>;

/// A disk that loses the power before one of its steps.
struct FailingDisk final : storage::Files {
    void reach(Step, const std::string& path) override
    {
        if (steps_left-- == 0)
            throw std::system_error{EIO, std::generic_category(), path};
    }
    int steps_left = -1;
};
}

TEST_CASE("a version is put in use, the one before is kept, older ones go")
{
    Folder folder;
    FeedStore store{folder.path};
    CHECK_FALSE(store.current("site"));
    CHECK(store.highest_seen("site") == 0);
    CHECK(install(store, 1, "one").empty());
    CHECK(in_use(folder) == "one");
    CHECK(store.current("site")->serial == 1);
    CHECK(install(store, 2, "two").empty());
    CHECK(install(store, 5, "five").empty());
    CHECK(in_use(folder) == "five");
    CHECK(serials(store) == Serials{2, 5});
    CHECK(store.highest_seen("site") == 5);
    CHECK(store.versions("site").back().is_current);
}

TEST_CASE("a version that cannot be used is not put in use")
{
    Folder folder;
    FeedStore store{folder.path};
    CHECK(install(store, 1, "one").empty());
    const auto index = version(2, "two");
    const auto done
        = store.install(index, "x", {{"note", "two"}}, [](const std::string& directory) {
              CHECK(fs::exists(directory + "/note"));
              return std::string{"it is odd"};
          });
    CHECK(done.error() == "it is odd");
    CHECK(in_use(folder) == "one");
    CHECK(serials(store) == Serials{1});
    CHECK(store.highest_seen("site") == 1);
}

TEST_CASE("a version can be rolled back, and what was rolled back does not come again")
{
    Folder folder;
    FeedStore store{folder.path};
    CHECK_FALSE(store.roll_back("site"));
    CHECK(install(store, 1, "one").empty());
    CHECK_FALSE(store.roll_back("site"));
    CHECK(install(store, 2, "two").empty());
    CHECK(store.roll_back("site") == 1U);
    CHECK(in_use(folder) == "one");
    CHECK(store.highest_seen("site") == 2);
    CHECK_FALSE(store.roll_back("site"));
    CHECK(install(store, 3, "three").empty());
    CHECK(in_use(folder) == "three");
    CHECK(serials(store) == Serials{1, 3});
}

TEST_CASE("a version with which nothing can be built is withdrawn")
{
    Folder folder;
    FeedStore store{folder.path};
    CHECK(install(store, 1, "one").empty());
    store.withdraw("site");
    CHECK_FALSE(store.current("site"));
    CHECK(store.highest_seen("site") == 1);
    CHECK(install(store, 2, "two").empty());
    CHECK(install(store, 3, "three").empty());
    store.withdraw("site");
    CHECK(in_use(folder) == "two");
    CHECK(store.highest_seen("site") == 3);
}

TEST_CASE("a version that was withdrawn leaves those before it, to be rolled back to")
{
    Folder folder;
    FeedStore store{folder.path};
    CHECK(install(store, 1, "one").empty());
    CHECK(install(store, 2, "two").empty());
    install_on_trial(store, 3, "bad");
    store.withdraw("site");
    CHECK(store.highest_seen("site") == 2);
    store.refuse("site", 3);
    CHECK(in_use(folder) == "two");
    CHECK(serials(store) == Serials{1, 2});
    CHECK(store.highest_seen("site") == 3);
    CHECK(store.roll_back("site") == 1U);
    CHECK(in_use(folder) == "one");
    // Nothing can be built with that one any more: what it took the place of comes back.
    store.withdraw("site");
    CHECK(in_use(folder) == "two");
    CHECK(serials(store) == Serials{2});
}

TEST_CASE("a version left on trial is taken back when nothing starts with it, and comes once more")
{
    Folder folder;
    FeedStore store{folder.path};
    CHECK(store.start_trials().empty());
    CHECK(install(store, 1, "one").empty());
    CHECK(store.start_trials().empty());
    for (const bool is_first : {true, false}) {
        CAPTURE(is_first);
        install_on_trial(store, 2, "bad");
        FeedStore after{folder.path};
        const auto trials = after.start_trials();
        REQUIRE(trials.size() == 1);
        CHECK(trials[0].name == "site");
        CHECK(trials[0].serial == 2);
        CHECK_FALSE(trials[0].was_started_with);
        after.take_back(trials[0]);
        CHECK(in_use(folder) == "one");
        CHECK(serials(after) == Serials{1});
        CHECK(after.highest_seen("site") == (is_first ? 1U : 2U));
        CHECK(after.start_trials().empty());
    }
}

TEST_CASE("a version on trial with which a gate ended is known by that")
{
    Folder folder;
    FeedStore store{folder.path};
    install_on_trial(store, 1, "one");
    CHECK_FALSE(store.start_trials().at(0).was_started_with);
    CHECK(store.start_trials().at(0).was_started_with);
    store.prove("site");
    CHECK(store.start_trials().empty());
    CHECK(in_use(folder) == "one");
    install_on_trial(store, 2, "two");
    CHECK_FALSE(store.start_trials().at(0).was_started_with);
    const auto trials = store.start_trials();
    CHECK(trials.at(0).was_started_with);
    store.take_back(trials[0]);
    CHECK(in_use(folder) == "one");
}

TEST_CASE("at every step the power may fail: what is in use is whole, and the next try succeeds")
{
    for (int steps = 0; steps < 60; ++steps) {
        CAPTURE(steps);
        Folder folder;
        {
            FeedStore store{folder.path};
            REQUIRE(install(store, 1, "one").empty());
        }
        FailingDisk disk;
        disk.steps_left = steps;
        FeedStore failing{folder.path, disk};
        const bool is_done = install(failing, 2, "two").empty();
        FeedStore after{folder.path};
        const auto current = after.current("site");
        REQUIRE(current);
        CHECK(in_use(folder) == (current->serial == 1 ? "one" : "two"));
        // Who is told that it failed must not find it in use, nor what it left on a full disk.
        CHECK(is_done == (current->serial == 2));
        CHECK_FALSE(fs::exists(folder.path + "/feeds/site/.fresh-version"));
        if (after.highest_seen("site") < 2)
            CHECK(install(after, 2, "two").empty());
        CHECK(after.current("site")->serial == 2);
        CHECK(install(after, 3, "three").empty());
        CHECK(in_use(folder) == "three");
        CHECK(serials(after) == Serials{2, 3});
        CHECK(after.start_trials().empty());
        if (disk.steps_left >= 0)
            return;
    }
    FAIL("it never succeeded");
}

TEST_CASE("a setting names a file of a feed")
{
    const auto path = [](const std::string& text) { return FeedStore::path_of("/data", text); };
    CHECK(path("/etc/list") == "/etc/list");
    CHECK(path("list") == "list");
    CHECK(path("feed:site/bad.links") == "/data/feeds/site/current/bad.links");
    for (const auto wrong : {"feed:", "feed:site", "feed:site/", "feed:/x", "feed:site/../x",
                             "feed:../site/x", "feed:site/a/b", "feed:site/.x"}) {
        CAPTURE(wrong);
        CHECK_FALSE(path(wrong));
    }
}
