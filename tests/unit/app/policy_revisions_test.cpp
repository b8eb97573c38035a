// SPDX-License-Identifier: Apache-2.0
#include "gateway/policy_revisions.hpp"

#include "gateway/own_settings.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace {
using namespace std::chrono_literals;

struct Folder {
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    const std::string path
        = (std::filesystem::temp_directory_path() / ("revisions-" + std::to_string(::getpid())))
              .string();
};

web::PolicyRevision revision(std::string document, std::string note = {})
{
    return {.number = 0,
            .time = std::chrono::system_clock::time_point{1'795'000'000s},
            .author = "ann \"the\" admin",
            .note = std::move(note),
            .of = 0,
            .document = std::move(document)};
}
}

TEST_CASE("a revision comes back as it was written, with who wrote it and why")
{
    const Folder folder;
    const app::PolicyRevisions revisions{folder.path};
    CHECK(revisions.list(0, 10).empty());
    const std::string document = "layers: [spf]\n# mailweir revision: not this\nmode: observe\n";
    const auto number = revisions.add(revision(document, "because\nof it"), 0);
    REQUIRE(number);
    CHECK(*number == 1);
    const auto back = revisions.read(1);
    REQUIRE(back);
    CHECK(back->document == document);
    CHECK(back->author == "ann \"the\" admin");
    CHECK(back->note == "because\nof it");
    CHECK(back->time == revision("").time);
    CHECK_FALSE(revisions.read(2));
}

TEST_CASE("numbers rise, and none is given to two documents that were in force")
{
    const Folder folder;
    const app::PolicyRevisions revisions{folder.path};
    CHECK(revisions.add(revision("mode: observe"), 7).value() == 8);
    CHECK(revisions.add(revision("mode: observe"), 0).value() == 9);
    revisions.drop(9);
    CHECK(revisions.add(revision("mode: observe"), 9).value() == 10);
    const auto all = revisions.list(0, 10);
    REQUIRE(all.size() == 2);
    CHECK(all[0].number == 10);
    CHECK(all[0].document.empty());
    CHECK(revisions.list(10, 10).size() == 1);
    CHECK(revisions.list(0, 1).size() == 1);
}

TEST_CASE(
    "where the revision in force does not load any more the newest good one before it is used")
{
    const Folder folder;
    const app::PolicyRevisions revisions{folder.path};
    REQUIRE(revisions.add(revision("layers: [spf]"), 0));
    REQUIRE(revisions.add(revision("layers: [no_such_layer]"), 0));
    REQUIRE(revisions.add(revision("layers: [helo]"), 0));
    CHECK(app::usable_revision(folder.path, 3).number == 3);
    CHECK(app::usable_revision(folder.path, 3).problem.empty());
    std::ofstream{revisions.file_of(3)} << "layers: [helo\n";
    const auto older = app::usable_revision(folder.path, 3);
    CHECK(older.number == 1);
    CHECK(older.problem.starts_with("revision 3 of the policy does not load any more, revision 1"));
    const auto gone = app::usable_revision(folder.path, 9);
    CHECK(gone.number == 1);
    CHECK_FALSE(gone.problem.empty());
    std::filesystem::remove_all(folder.path + "/policy");
    CHECK(app::usable_revision(folder.path, 3).number == 0);
    CHECK(app::usable_revision(folder.path, 3).problem.contains("the default is in force"));
}

TEST_CASE("a preset takes the place of a revision, and only the gate chooses a revision")
{
    const Folder folder;
    app::OwnSettings settings;
    settings.revision = 4;
    REQUIRE(app::write_own_settings(folder.path, settings));
    CHECK(app::read_own_settings(folder.path).revision == 4);
    CHECK(app::with_changes(settings, R"({"block_lists": []})").value().revision == 4);
    CHECK(app::with_changes(settings, R"({"revision": 9})").value().revision == 4);
    CHECK(app::with_changes(settings, R"({"preset": "strict"})").value().revision == 0);
    settings.preset = "strict";
    REQUIRE(app::write_own_settings(folder.path, settings));
    CHECK(app::read_own_settings(folder.path).revision == 0);
}
