// SPDX-License-Identifier: Apache-2.0
#include "storage/set_aside.hpp"
#include "tests/unit/storage/site.hpp"

#include "storage/backup/verify.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/file.h>

using namespace std::chrono_literals;

TEST_CASE("a damaged file tells since when it lies there and how much it takes with its log")
{
    const Directory place;
    const auto aside = storage::name_aside(place.path() + "/mail.db", noon);
    CHECK(aside == place.path() + "/mail.db.damaged-20260102T000000Z");
    write(aside, std::string(2 << 20, 'a'));
    write(aside + "-wal", std::string(1 << 20, 'b'));
    write(aside + "-bodies/1", std::string(3 << 20, 'c'));
    storage::note_aside({aside, "mail.db was\ndamaged"});
    const auto found = storage::set_aside_in(place.path());
    REQUIRE(found.size() == 1);
    CHECK(found[0].path == aside);
    CHECK(found[0].note == "mail.db was damaged");
    CHECK(found[0].since == noon);
    CHECK(found[0].age_and_size() == "since 2026-01-02, 6 MiB");
}

TEST_CASE("what stood there before a restore is found by its name, with its age and size")
{
    const Directory place;
    write(place.path() + "/before-restore-20260102T000000Z/mail.db", std::string(1 << 20, 'a'));
    write(place.path() + "/before-restore-20260102T000000Z/bodies/1", "one octet more");
    write(place.path() + "/before-restore-20260101T000000Z/mail.db", "");
    write(place.path() + "/before-restore-by-hand/x", "");
    write(place.path() + "/before-restore-file", "");
    write(place.path() + "/restore.waiting/mail.db", "");
    const auto found = storage::before_restores_in(place.path());
    REQUIRE(found.size() == 3);
    CHECK(found[0].since == noon - 24h);
    CHECK(found[1].since == noon);
    CHECK(found[1].age_and_size() == "since 2026-01-02, 2 MiB");
    CHECK_FALSE(found[2].since);
    CHECK(found[2].age_and_size() == "0 MiB");
    CHECK(storage::before_restores_in(place.path() + "/nowhere").empty());
}

TEST_CASE("a verification removes what a killed one left, and nothing of one at work")
{
    Site site;
    const auto archive = site.backed_up();
    const Directory work;
    const auto left = work.path() + "/mailweir-verify-killed", other = work.path() + "/mailweir-x",
               busy = work.path() + "/mailweir-verify-atwork";
    for (const auto& folder : {left, other, busy})
        write(folder + "/database", "mail");
    const auto at_work = storage::FileHandle::open(busy, O_RDONLY | O_DIRECTORY);
    REQUIRE(::flock(at_work.number(), LOCK_EX | LOCK_NB) == 0);
    std::filesystem::create_directory_symlink(other, work.path() + "/mailweir-verify-link");
    CHECK(verify(archive, "", work.path()).problems.empty());
    CHECK_FALSE(std::filesystem::exists(left));
    CHECK(std::filesystem::exists(other + "/database"));
    CHECK(std::filesystem::exists(busy + "/database"));
    std::size_t folders = 0;
    for (const auto& entry : std::filesystem::directory_iterator{work.path()})
        folders += entry.is_directory() && !entry.is_symlink() ? 1 : 0;
    CHECK(folders == 2);
}
